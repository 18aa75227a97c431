package io.github.coconut4j.model;

/**
 * Arithmetic of the linear layers' products, where updates are float32 in either; or the type in
 * which weights that are not trained lie in memory.
 */
public enum Precision {
  /** Single precision. */
  FLOAT32,
  /** Of products: factors rounded to bfloat16, sums in float32. Of weights: bfloat16. */
  BF16
}
