package io.github.coconut4j.model;

/**
 * The arithmetic of the linear layers' products (updates are always float32), or the type in which
 * frozen weights are stored.
 */
public enum Precision {
  /** Single precision. */
  FLOAT32,
  /**
   * For products: factors rounded to bfloat16, sums in float32; on a GPU also for attention if
   * sequences have many queries. For weights: bfloat16.
   */
  BF16
}
