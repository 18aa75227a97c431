package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Token tables in FLOAT or BFLOAT16: lookup and sums of rows, logits and cross-entropy. Logits are
 * computed for some rows at a time.
 */
final class CudaTokenTable implements TokenTable {

  /** Number of logits at a time: 256 MB. */
  private static final long MOST_LOGITS = 1L << 26;

  private static final int SUM_THREADS = 256;

  private final int vocabulary;
  private final int width;
  private final long rowsAtOnce;
  private final Gpu gpu;
  private final CudaDevice device;
  private final GpuMemory logits;
  private final GpuMemory columns;
  private final GpuMemory perRow;
  private final GpuMemory labelMemory;
  private final GpuMemory rowIds;

  /** The labels that are in GPU memory, or null. */
  private WeightedLabels kept;

  /**
   * Makes the operations for tables of one size.
   *
   * @param precision precision of the products with tables
   */
  CudaTokenTable(CudaRuntime runtime, int vocabulary, int width, Precision precision) {
    this(runtime, vocabulary, width, precision, rowsAtOnce(vocabulary));
  }

  /**
   * Makes the operations for tables of one size.
   *
   * @param rowsAtOnce number of rows whose logits are computed at a time
   */
  CudaTokenTable(
      CudaRuntime runtime, int vocabulary, int width, Precision precision, long rowsAtOnce) {
    this.vocabulary = vocabulary;
    this.width = width;
    this.rowsAtOnce = rowsAtOnce;
    gpu = runtime.gpu();
    device = new CudaDevice(runtime, precision);
    logits = new GpuMemory(gpu);
    columns = new GpuMemory(gpu);
    perRow = new GpuMemory(gpu);
    labelMemory = new GpuMemory(gpu);
    rowIds = new GpuMemory(gpu);
  }

  private LayerOperations operations() {
    CudaOperations operations = device.operations();
    operations.start();
    return operations;
  }

  private Matrix table(INDArray table) {
    return device.weight(table, "a token table", vocabulary, width);
  }

  @Override
  public void lookUp(INDArray table, int[] tokens, INDArray rows) {
    Arguments.requireTokens(tokens, vocabulary);
    device.call(
        () -> {
          Matrix source = table(table);
          Matrix target = device.output(rows, "rows", tokens.length, width);
          operations().copyRows(source, tokens, target, null);
          finish(source, target);
        });
  }

  @Override
  public void scatterAdd(INDArray rows, int[] tokens, INDArray table) {
    Arguments.requireTokens(tokens, vocabulary);
    device.call(
        () -> {
          Matrix source = device.input(rows, "rows", tokens.length, width);
          add(source, tokens, device.changed(table, "a token table", vocabulary, width));
        });
  }

  @Override
  public void scatter(INDArray rows, int[] tokens, INDArray table) {
    Arguments.requireTokens(tokens, vocabulary);
    device.call(
        () -> {
          Matrix source = device.input(rows, "rows", tokens.length, width);
          Matrix target = device.output(table, "a token table", vocabulary, width);
          gpu.clear(target.address(), target.rows() * width);
          add(source, tokens, target);
        });
  }

  private void add(Matrix rows, int[] tokens, Matrix table) {
    operations().addRows(table, tokens, rows, null, table, tokens);
    finish(rows, table);
  }

  @Override
  public void logits(INDArray table, INDArray hidden, INDArray scores) {
    Arguments.requireNonNull(hidden, "hidden", "Give hidden states [n, D].");
    device.call(
        () -> {
          Matrix weights = table(table);
          Matrix states = device.input(hidden, "rows", hidden.size(0), width);
          Matrix target = device.output(scores, "logits", hidden.size(0), vocabulary);
          operations().linear().forward(states, layer(weights), null, target);
          finish(weights, states, target);
        });
  }

  /** The linear layer from hidden states to logits. */
  static LinearWeights layer(Matrix table) {
    return new LinearWeights(table, null, true);
  }

  /** Copies outputs to their arrays, and keeps the arrays reachable up to this call. */
  private void finish(Object... owners) {
    device.finish();
    Reference.reachabilityFence(owners);
  }

  @Override
  public double crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels) {
    WeightedLabels.require(labels, vocabulary);
    try (FloatPointer host = new FloatPointer(1)) {
      device.call(
          () -> {
            long total = perRow.require(labels.size() + 1L) + (long) labels.size() * Float.BYTES;
            writeCrossEntropy(hidden, table, labels, total);
            gpu.download(total, host, Float.BYTES);
          });
      return host.get();
    }
  }

  @Override
  public void crossEntropy(INDArray hidden, INDArray table, WeightedLabels labels, INDArray loss) {
    WeightedLabels.require(labels, vocabulary);
    device.call(
        () -> {
          Matrix target = device.output(loss, "a loss");
          perRow.require(labels.size() + 1L);
          writeCrossEntropy(hidden, table, labels, target.address());
          finish(target);
        });
  }

  /**
   * Writes the loss to GPU memory.
   *
   * @param total address of the loss
   */
  private void writeCrossEntropy(
      INDArray hidden, INDArray table, WeightedLabels labels, long total) {
    Matrix states = device.input(hidden, "rows", labels.size(), width);
    Matrix embeddings = table(table);
    kept = null; // also copies equal labels, so that all steps have the same commands
    long ids = addressOf(labels);
    long factors = ids + (long) labels.size() * Integer.BYTES;
    long losses = perRow.require(0);
    Linear linear = operations().linear();
    forChunks(
        labels.size(),
        (from, count) -> {
          Matrix scores = scores(linear, states.rows(from, count), embeddings);
          gpu.launch(
              "crossEntropy",
              Grid.rows(count, vocabulary),
              scores.address(),
              ids + from * Integer.BYTES,
              losses + from * Float.BYTES,
              vocabulary);
        });
    gpu.launch(
        "weightedSum", new Grid(1, 1, SUM_THREADS, 1), losses, factors, labels.size(), total);
    Reference.reachabilityFence(states);
    Reference.reachabilityFence(embeddings);
  }

  /** Number of rows whose logits are computed at a time. */
  static long rowsAtOnce(int vocabulary) {
    return Math.max(1, MOST_LOGITS / vocabulary);
  }

  private interface Chunk {
    void run(long from, long count);
  }

  private void forChunks(int rows, Chunk chunk) {
    for (long from = 0; from < rows; from += rowsAtOnce) {
      chunk.run(from, Math.min(rowsAtOnce, rows - from));
    }
  }

  private Matrix scores(Linear linear, Matrix states, Matrix embeddings) {
    long address = logits.require(states.rows() * vocabulary);
    Matrix scores = Matrix.dense(address, states.rows(), vocabulary);
    linear.forward(states, layer(embeddings), null, scores);
    return scores;
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
    device.call(() -> writeGradients(hidden, table, labels, hiddenGradient, tableGradient, rows));
  }

  private void writeGradients(
      INDArray hidden,
      INDArray table,
      WeightedLabels labels,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows) {
    Matrix states = device.input(hidden, "rows", labels.size(), width);
    Matrix embeddings = table(table);
    Matrix stateTarget = device.output(hiddenGradient, "rows", labels.size(), width);
    Matrix tableTarget = tableGradient == null ? null : gradient(tableGradient, rows);
    if (tableTarget != null) {
      gpu.clear(tableTarget.address(), tableTarget.rows() * width);
    }
    long ids = addressOf(labels);
    long factors = ids + (long) labels.size() * Integer.BYTES;
    long chosen = rows == null ? 0 : rowIds.of(rows);
    Linear linear = operations().linear();
    forChunks(
        labels.size(),
        (from, count) -> {
          Matrix scores = scores(linear, states.rows(from, count), embeddings);
          gpu.launch(
              "crossEntropyGradient",
              Grid.rows(count, vocabulary),
              scores.address(),
              ids + from * Integer.BYTES,
              factors + from * Float.BYTES,
              vocabulary);
          Matrix target = stateTarget.rows(from, count);
          linear.inputGradient(scores, layer(embeddings), false, target);
          if (tableTarget != null) {
            Matrix trained = rows == null ? scores : chosen(scores, chosen, rows.length);
            Linear.Term term = new Linear.Term(states.rows(from, count), trained);
            linear.parameterGradients(List.of(term), true, layer(tableTarget));
          }
        });
    finish(states, embeddings, stateTarget, tableTarget);
  }

  private Matrix gradient(INDArray tableGradient, int[] rows) {
    if (rows != null) {
      Arguments.requireTokens(rows, vocabulary);
    }
    long count = rows == null ? vocabulary : rows.length;
    return device.output(tableGradient, "a token table's gradient", count, width);
  }

  /**
   * The address of the tokens, which the weights in float32 follow. A loss and its gradient share
   * one copy.
   */
  private long addressOf(WeightedLabels labels) {
    if (!labels.equals(kept)) {
      kept = null; // until they are copied
      labelMemory.of(
          IntStream.concat(
                  Arrays.stream(labels.tokens()),
                  DoubleStream.of(labels.weights())
                      .mapToInt(each -> Float.floatToRawIntBits((float) each)))
              .toArray());
      kept = labels;
    }
    return labelMemory.require(0);
  }

  private Matrix chosen(Matrix scores, long ids, int count) {
    Matrix chosen = Matrix.dense(columns.require(scores.rows() * count), scores.rows(), count);
    gpu.launch(
        "chosenColumns",
        Grid.rows(scores.rows(), count),
        scores.address(),
        scores.stride(),
        ids,
        chosen.address(),
        count);
    return chosen;
  }

  @Override
  public void close() {
    try (device;
        rowIds;
        labelMemory;
        perRow;
        columns;
        logits) {
      kept = null;
    }
  }
}
