package io.github.coconut4j.config;

/** Arithmetic of matrix products; weights and updates are float32 in either. */
public enum Precision {
  /** Single precision. */
  FLOAT32,
  /** bfloat16 inputs, float32 accumulation. */
  BF16
}
