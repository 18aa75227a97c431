package io.github.coconut4j.model.internal.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link TokenTable} over ND4J arrays. It serves one caller at a time.
 *
 * <p>Shapes: n rows or positions, V vocabulary, D width. Every method throws an {@link
 * IllegalArgumentException} if an array is of another shape or a token is not in [0, V).
 */
public final class TokenTableKernel implements AutoCloseable {

  private final int vocabulary;
  private final int width;
  private final TokenTable table;

  /**
   * @param vocabulary V
   * @param width D
   */
  public TokenTableKernel(int vocabulary, int width) {
    this.vocabulary = vocabulary;
    this.width = width;
    table = new TokenTable(vocabulary, width, KernelThreads.count());
  }

  /** {@code rows[i] = values[tokens[i]]}, rows [n, D] written. */
  public void lookUp(INDArray values, int[] tokens, INDArray rows) {
    table.lookUp(table(values), tokens, rows(rows, tokens.length));
    HostFloats.hold(values, rows);
  }

  /** {@code values[tokens[i]] += rows[i]}, rows [n, D]. */
  public void scatterAdd(INDArray rows, int[] tokens, INDArray values) {
    table.addLookUpGradients(tokens, rows(rows, tokens.length), table(values));
    HostFloats.hold(values, rows);
  }

  /** Logits [n, V], written, of hidden states [n, D]. */
  public void logits(INDArray values, INDArray hidden, INDArray logits) {
    long n = hidden.size(0);
    table.logits(
        table(values), rows(hidden, n), (int) n, HostFloats.of(logits, "logits", n, vocabulary));
    HostFloats.hold(values, hidden, logits);
  }

  /** Mean negative log-probability of the tokens [n] after the hidden states [n, D], in nats. */
  public double meanCrossEntropy(INDArray hidden, INDArray values, int[] tokens) {
    double mean = table.crossEntropy(table(values), rows(hidden, tokens.length), tokens);
    HostFloats.hold(hidden, values);
    return mean;
  }

  /** Gradients [n, D] and [V, D], written, of {@code factor} times the mean cross-entropy. */
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray values,
      int[] tokens,
      float factor,
      INDArray hiddenGradient,
      INDArray valueGradient) {
    table.crossEntropyGradients(
        table(values),
        rows(hidden, tokens.length),
        tokens,
        factor,
        rows(hiddenGradient, tokens.length),
        table(valueGradient));
    HostFloats.hold(hidden, values, hiddenGradient, valueGradient);
  }

  private HostFloats table(INDArray values) {
    return HostFloats.of(values, "a token table", vocabulary, width);
  }

  private HostFloats rows(INDArray rows, long count) {
    return HostFloats.of(rows, "rows", count, width);
  }

  @Override
  public void close() {
    table.close();
  }
}
