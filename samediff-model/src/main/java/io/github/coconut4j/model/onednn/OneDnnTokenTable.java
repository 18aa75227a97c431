package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Range;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Token tables in FLOAT or BFLOAT16, on the CPU's threads. */
final class OneDnnTokenTable implements TokenTable {

  /** Number of floats in an AVX-512 register. */
  private static final int REGISTER = 16;

  private final int vocabulary;
  private final int width;
  private final OneDnnDevice device;
  private final TiedCrossEntropy crossEntropy;

  /**
   * Makes the operations for tables of one size.
   *
   * @param vocabulary number of tokens
   * @param width floats of an embedding
   * @param threads at least 1
   * @param precision precision of the products with tables in BFLOAT16
   */
  OneDnnTokenTable(int vocabulary, int width, int threads, Precision precision) {
    this.vocabulary = vocabulary;
    this.width = width;
    device = new OneDnnDevice(threads, precision);
    crossEntropy = new TiedCrossEntropy(device);
  }

  private Matrix table(INDArray table) {
    return device.weight(table, "a token table", vocabulary, width);
  }

  private Matrix writtenTable(INDArray table) {
    return device.output(table, "a token table", vocabulary, width);
  }

  private Matrix read(INDArray rows, long count) {
    return device.input(rows, "rows", count, width);
  }

  private Matrix written(INDArray rows, long count) {
    return device.output(rows, "rows", count, width);
  }

  @Override
  public void lookUp(INDArray table, int[] tokens, INDArray rows) {
    Arguments.requireTokens(tokens, vocabulary);
    Matrix source = table(table);
    Matrix target = written(rows, tokens.length);
    int threads = device.workersFor((long) tokens.length * width);
    device.runFirst(
        threads,
        (operations, thread) -> {
          Range own = Range.of(tokens.length, thread, threads, 1);
          operations.copyRows(
              source,
              Arrays.copyOfRange(tokens, (int) own.from(), (int) own.to()),
              target.rows(own.from(), own.size()),
              null);
        });
    Reference.reachabilityFence(source);
    Reference.reachabilityFence(target);
  }

  @Override
  public void scatterAdd(INDArray rows, int[] tokens, INDArray table) {
    Arguments.requireTokens(tokens, vocabulary);
    Matrix source = read(rows, tokens.length);
    Matrix target = writtenTable(table);
    device.runAll(
        (operations, thread) -> {
          Range columns = Range.of(width, thread, device.workers(), REGISTER);
          Matrix ownTarget = target.columns(columns.from(), columns.size());
          Matrix ownSource = source.columns(columns.from(), columns.size());
          if (columns.size() > 0) {
            operations.addRows(ownTarget, tokens, ownSource, null, ownTarget, tokens);
          }
        });
    Reference.reachabilityFence(source);
    Reference.reachabilityFence(target);
  }

  @Override
  public void logits(INDArray table, INDArray hidden, INDArray logits) {
    Matrix weights = table(table);
    Arguments.requireNonNull(hidden, "hidden", "Give hidden states [n, D].");
    Matrix states = read(hidden, hidden.size(0));
    Matrix scores = device.output(logits, "logits", hidden.size(0), vocabulary);
    crossEntropy.logits(weights, states, scores);
    Reference.reachabilityFence(weights);
    Reference.reachabilityFence(states);
    Reference.reachabilityFence(scores);
  }

  @Override
  public double crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels) {
    WeightedLabels.require(labels, vocabulary);
    Matrix states = read(hidden, labels.size());
    Matrix embeddings = table(table);
    double sum = crossEntropy.loss(embeddings, states, labels);
    Reference.reachabilityFence(states);
    Reference.reachabilityFence(embeddings);
    return sum;
  }

  @Override
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      WeightedLabels labels,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows) {
    WeightedLabels.require(labels, vocabulary);
    Matrix states = read(hidden, labels.size());
    Matrix embeddings = table(table);
    Matrix stateTarget = written(hiddenGradient, labels.size());
    Matrix tableTarget = tableGradient == null ? null : gradient(tableGradient, rows);
    crossEntropy.gradients(embeddings, states, labels, stateTarget, tableTarget, rows);
    Reference.reachabilityFence(states);
    Reference.reachabilityFence(embeddings);
    Reference.reachabilityFence(stateTarget);
    Reference.reachabilityFence(tableTarget);
  }

  private Matrix gradient(INDArray tableGradient, int[] rows) {
    if (rows == null) {
      return writtenTable(tableGradient);
    }
    Arguments.requireTokens(rows, vocabulary);
    return written(tableGradient, rows.length);
  }

  @Override
  public void close() {
    crossEntropy.close();
    device.close();
  }
}
