package io.github.coconut4j.model;

/** Arithmetic of the linear layers' products; weights and updates are float32 in either. */
public enum Precision {
  /** Single precision. */
  FLOAT32,
  /** Factors rounded to bfloat16, sums in float32. */
  BF16
}
