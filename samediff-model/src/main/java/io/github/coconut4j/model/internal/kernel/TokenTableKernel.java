package io.github.coconut4j.model.internal.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link TokenTable} over ND4J arrays. It serves one caller at a time.
 *
 * <p>Shapes: n rows or positions, V vocabulary, D width.
 */
public final class TokenTableKernel implements AutoCloseable {

  private final TokenTable table;

  /**
   * @param vocabulary V
   * @param width D
   */
  public TokenTableKernel(int vocabulary, int width) {
    table = new TokenTable(vocabulary, width, KernelThreads.count());
  }

  /** {@code rows[i] = values[tokens[i]]}, rows [n, D] written. */
  public void lookUp(INDArray values, int[] tokens, INDArray rows) {
    table.lookUp(HostFloats.of(values), tokens, HostFloats.of(rows));
  }

  /** {@code values[tokens[i]] += rows[i]}, rows [n, D]. */
  public void scatterAdd(INDArray rows, int[] tokens, INDArray values) {
    table.addLookUpGradients(tokens, HostFloats.of(rows), HostFloats.of(values));
  }

  /** Logits [n, V], written, of hidden states [n, D]. */
  public void logits(INDArray values, INDArray hidden, INDArray logits) {
    table.logits(
        HostFloats.of(values), HostFloats.of(hidden), (int) hidden.size(0), HostFloats.of(logits));
  }

  /** Mean negative log-probability of the tokens [n] after the hidden states [n, D], in nats. */
  public double meanCrossEntropy(INDArray hidden, INDArray values, int[] tokens) {
    return table.crossEntropy(HostFloats.of(values), HostFloats.of(hidden), tokens);
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
        HostFloats.of(values),
        HostFloats.of(hidden),
        tokens,
        factor,
        HostFloats.of(hiddenGradient),
        HostFloats.of(valueGradient));
  }

  @Override
  public void close() {
    table.close();
  }
}
