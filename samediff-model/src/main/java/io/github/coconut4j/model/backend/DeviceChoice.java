package io.github.coconut4j.model.backend;

/** The kind of device that models compute on. */
public enum DeviceChoice {
  /** A GPU if one can be used, else the CPU. */
  AUTO,
  /** The CPU. */
  CPU,
  /** An NVIDIA GPU; it is an error if none can be used. */
  CUDA
}
