package io.github.coconut4j.model.backend;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a backend computes with a token table [V, D] at both ends of a transformer: embeddings of
 * the input's tokens, scores of the next token and their cross-entropy. It serves one caller at a
 * time.
 *
 * <p>Shapes: n rows or positions, V vocabulary, D width. Every method throws an {@link
 * IllegalArgumentException} if an argument is null that may not be, an array has another shape or
 * type, or a token is not in [0, V).
 */
public interface TokenTable extends AutoCloseable {

  /** {@code rows[i] = table[tokens[i]]}, rows [n, D] written. */
  void lookUp(INDArray table, int[] tokens, INDArray rows);

  /** {@code table[tokens[i]] += rows[i]}, a token that occurs twice adding twice; rows [n, D]. */
  void scatterAdd(INDArray rows, int[] tokens, INDArray table);

  /** Scores [n, V], written, of every token after each hidden state [n, D]. */
  void logits(INDArray table, INDArray hidden, INDArray logits);

  /**
   * Mean over n of the negative log-probability of each position's token, in nats.
   *
   * @param hidden [n, D]
   */
  double meanCrossEntropy(INDArray hidden, INDArray table, int[] tokens);

  /**
   * Gradients of {@code factor} times the mean cross-entropy, with all of the table's rows or none.
   *
   * @param hiddenGradient [n, D], written
   * @param tableGradient [V, D], written; null where the table is not trained
   */
  default void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      int[] tokens,
      double factor,
      INDArray hiddenGradient,
      INDArray tableGradient) {
    crossEntropyGradients(hidden, table, tokens, factor, hiddenGradient, tableGradient, null);
  }

  /**
   * Gradients of {@code factor} times the mean cross-entropy.
   *
   * @param hiddenGradient [n, D], written
   * @param tableGradient [V, D], or [rows, D] where some rows alone are asked for, written; null
   *     where the table is not trained
   * @param rows ids of the rows that {@code tableGradient} has, or null for all
   */
  void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      int[] tokens,
      double factor,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows);

  @Override
  void close();
}
