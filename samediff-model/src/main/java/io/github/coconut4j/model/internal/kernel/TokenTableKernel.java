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
    HostFloats source = table(values);
    HostFloats target = written(rows, tokens.length);
    table.lookUp(source, tokens, target);
    HostFloats.hold(source, target);
  }

  /** {@code values[tokens[i]] += rows[i]}, rows [n, D]. */
  public void scatterAdd(INDArray rows, int[] tokens, INDArray values) {
    HostFloats source = read(rows, tokens.length);
    HostFloats target = table(values);
    table.addLookUpGradients(tokens, source, target);
    HostFloats.hold(source, target);
  }

  /** Logits [n, V], written, of hidden states [n, D]. */
  public void logits(INDArray values, INDArray hidden, INDArray logits) {
    long n = hidden.size(0);
    HostFloats weights = table(values);
    HostFloats states = read(hidden, n);
    HostFloats target = HostFloats.of(logits, "logits", n, vocabulary);
    table.logits(weights, states, (int) n, target);
    HostFloats.hold(weights, states, target);
  }

  /** Mean negative log-probability of the tokens [n] after the hidden states [n, D], in nats. */
  public double meanCrossEntropy(INDArray hidden, INDArray values, int[] tokens) {
    HostFloats states = read(hidden, tokens.length);
    HostFloats weights = table(values);
    double mean = table.crossEntropy(weights, states, tokens);
    HostFloats.hold(states, weights);
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
    HostFloats states = read(hidden, tokens.length);
    HostFloats weights = table(values);
    HostFloats stateTarget = written(hiddenGradient, tokens.length);
    HostFloats weightTarget = table(valueGradient);
    table.crossEntropyGradients(weights, states, tokens, factor, stateTarget, weightTarget);
    HostFloats.hold(states, weights, stateTarget, weightTarget);
  }

  private HostFloats table(INDArray values) {
    return HostFloats.of(values, "a token table", vocabulary, width);
  }

  private HostFloats read(INDArray rows, long count) {
    return HostFloats.read(rows, "rows", count, width);
  }

  private HostFloats written(INDArray rows, long count) {
    return HostFloats.of(rows, "rows", count, width);
  }

  @Override
  public void close() {
    table.close();
  }
}
