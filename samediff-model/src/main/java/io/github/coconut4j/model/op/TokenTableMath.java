package io.github.coconut4j.model.op;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What is computed with a token table [V, D] at both ends of a transformer. Shapes: n rows or
 * positions, V vocabulary, D width.
 */
public interface TokenTableMath extends AutoCloseable {

  /**
   * {@code rows[i] = table[indices[i]]}.
   *
   * @param indices INT32, n values of any shape
   * @param rows [n, D], written
   * @throws IllegalArgumentException if an index is not in [0, V)
   */
  void lookUp(INDArray table, INDArray indices, INDArray rows);

  /**
   * {@code table[indices[i]] += rows[i]}, an index that occurs twice adding twice.
   *
   * @param rows [n, D]
   * @param indices INT32, n values of any shape
   * @param table [V, D], added to
   * @throws IllegalArgumentException if an index is not in [0, V)
   */
  void scatterAdd(INDArray rows, INDArray indices, INDArray table);

  /**
   * Mean over n of the negative log-probability of each position's token, in nats.
   *
   * @param hidden [n, D]
   * @param tokens INT32 [n]
   * @throws IllegalArgumentException if a token is not in [0, V)
   */
  double meanCrossEntropy(INDArray hidden, INDArray table, INDArray tokens);

  /**
   * Gradients of {@code factor} times the mean cross-entropy.
   *
   * @param hiddenGradient [n, D], written
   * @param tableGradient [V, D], written
   */
  void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      INDArray tokens,
      double factor,
      INDArray hiddenGradient,
      INDArray tableGradient);

  @Override
  void close();
}
