package io.github.coconut4j.model.backend;

/** On which kind of device models compute. */
public enum DeviceChoice {
  /** A GPU where one can be used, else the processor. */
  AUTO,
  /** The processor. */
  CPU,
  /** An NVIDIA GPU, or nothing. */
  CUDA
}
