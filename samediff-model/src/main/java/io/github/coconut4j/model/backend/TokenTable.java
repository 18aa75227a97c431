package io.github.coconut4j.model.backend;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The operations of a backend with a token table [V, D] at both ends of a transformer: embeddings
 * of input tokens, logits of the next token and their cross-entropy. It serves one caller at a
 * time.
 *
 * <p>Shapes: n rows or positions, V vocabulary, D width. Every method throws an {@link
 * IllegalArgumentException} if a required argument is null, an array has another shape or type, or
 * a token is not in [0, V).
 */
public interface TokenTable extends AutoCloseable {

  /** {@code rows[i] = table[tokens[i]]}, rows [n, D] written. */
  void lookUp(INDArray table, int[] tokens, INDArray rows);

  /**
   * {@code table[tokens[i]] += rows[i]}; a token that occurs twice is added to twice; rows [n, D].
   */
  void scatterAdd(INDArray rows, int[] tokens, INDArray table);

  /** {@link #scatterAdd} to a table of zeros, which is written. */
  default void scatter(INDArray rows, int[] tokens, INDArray table) {
    table.assign(0);
    scatterAdd(rows, tokens, table);
  }

  /** Scores [n, V], written, of every token after each hidden state [n, D]. */
  void logits(INDArray table, INDArray hidden, INDArray logits);

  /**
   * The weighted sum over n of the negative log-probability of each position's token, in nats.
   *
   * @param hidden [n, D]
   */
  double crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels);

  /**
   * {@link #crossEntropy(INDArray, INDArray, WeightedLabels)} into an array, whose newest value may
   * then be only on the device.
   *
   * @param loss a scalar, written
   */
  default void crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels, INDArray loss) {
    loss.assign(crossEntropy(hidden, table, labels));
  }

  /**
   * Gradients of {@link #crossEntropy}, for all rows of the table or none.
   *
   * @param hiddenGradient [n, D], written
   * @param tableGradient [V, D], written; null if the table is not trained
   */
  default void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      WeightedLabels labels,
      INDArray hiddenGradient,
      INDArray tableGradient) {
    crossEntropyGradients(hidden, table, labels, hiddenGradient, tableGradient, null);
  }

  /**
   * Gradients of {@link #crossEntropy}.
   *
   * @param hiddenGradient [n, D], written
   * @param tableGradient [V, D], or [rows, D] if only some rows are requested, written; null if the
   *     table is not trained
   * @param rows ids of the rows that {@code tableGradient} has, or null for all
   */
  void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      WeightedLabels labels,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows);

  @Override
  void close();
}
