package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Matrix;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Token tables in FLOAT: rows and their sums, scores and cross-entropy, some rows at a time. */
final class CudaTokenTable implements TokenTable {

  /** Logits at a time: 256 MB. */
  private static final long MOST_LOGITS = 1L << 26;

  private final int vocabulary;
  private final int width;
  private final Gpu gpu;
  private final CudaDevice device;
  private final Products products;
  private final GpuMemory logits;
  private final GpuMemory columns;
  private final GpuMemory perRow;
  private final GpuMemory indices;

  CudaTokenTable(CudaRuntime runtime, int vocabulary, int width) {
    this.vocabulary = vocabulary;
    this.width = width;
    gpu = runtime.gpu();
    device = new CudaDevice(runtime);
    products = runtime.products();
    logits = new GpuMemory(gpu);
    columns = new GpuMemory(gpu);
    perRow = new GpuMemory(gpu);
    indices = new GpuMemory(gpu);
  }

  private LayerOperations operations() {
    CudaOperations operations = device.operations();
    operations.forgetIndices();
    return operations;
  }

  private Matrix table(INDArray table) {
    return device.input(table, "a token table", vocabulary, width);
  }

  @Override
  public void lookUp(INDArray table, int[] tokens, INDArray rows) {
    Arguments.requireTokens(tokens, vocabulary);
    Matrix source = table(table);
    Matrix target = device.output(rows, "rows", tokens.length, width);
    operations().copyRows(source, tokens, target, null);
    finish(source, target);
  }

  @Override
  public void scatterAdd(INDArray rows, int[] tokens, INDArray table) {
    Arguments.requireTokens(tokens, vocabulary);
    Matrix source = device.input(rows, "rows", tokens.length, width);
    Matrix target = device.changed(table, "a token table", vocabulary, width);
    operations().addRows(target, tokens, source, null, target, tokens);
    finish(source, target);
  }

  @Override
  public void logits(INDArray table, INDArray hidden, INDArray scores) {
    Matrix weights = table(table);
    Arguments.requireNonNull(hidden, "hidden", "Give hidden states [n, D].");
    Matrix states = device.input(hidden, "rows", hidden.size(0), width);
    Matrix target = device.output(scores, "logits", hidden.size(0), vocabulary);
    products.multiply(Operand.of(states), Operand.transposed(weights), null, null, target);
    finish(weights, states, target);
  }

  /** Brings outputs to their arrays, which are held up to then. */
  private void finish(Object... owners) {
    device.finish();
    Reference.reachabilityFence(owners);
  }

  @Override
  public double crossEntropy(INDArray hidden, INDArray table, int[] tokens, double[] weights) {
    Arguments.requireTokens(tokens, vocabulary);
    Arguments.requireWeights(weights, tokens.length);
    Matrix states = device.input(hidden, "rows", tokens.length, width);
    Matrix embeddings = table(table);
    long ids = indices.of(tokens);
    long losses = perRow.require(tokens.length);
    forChunks(
        tokens.length,
        (from, count) -> {
          Matrix scores = scores(states.rows(from, count), embeddings);
          gpu.launch(
              "crossEntropy",
              Grid.rows(count, vocabulary),
              scores.address(),
              ids + from * Integer.BYTES,
              losses + from * Float.BYTES,
              vocabulary);
        });
    float[] each = new float[tokens.length];
    try (FloatPointer host = new FloatPointer(Math.max(1, each.length))) {
      gpu.download(losses, host, (long) each.length * Float.BYTES);
      host.get(each);
    }
    finish(states, embeddings);
    return IntStream.range(0, each.length).mapToDouble(i -> weights[i] * each[i]).sum();
  }

  private interface Chunk {
    void run(long from, long count);
  }

  private void forChunks(int rows, Chunk chunk) {
    long most = Math.max(1, MOST_LOGITS / vocabulary);
    for (long from = 0; from < rows; from += most) {
      chunk.run(from, Math.min(most, rows - from));
    }
  }

  private Matrix scores(Matrix states, Matrix embeddings) {
    long address = logits.require(states.rows() * vocabulary);
    Matrix scores = Matrix.dense(address, states.rows(), vocabulary);
    products.multiply(Operand.of(states), Operand.transposed(embeddings), null, null, scores);
    return scores;
  }

  @Override
  public void crossEntropyGradients(
      INDArray hidden,
      INDArray table,
      int[] tokens,
      double[] weights,
      INDArray hiddenGradient,
      INDArray tableGradient,
      int[] rows) {
    Arguments.requireTokens(tokens, vocabulary);
    Arguments.requireWeights(weights, tokens.length);
    Matrix states = device.input(hidden, "rows", tokens.length, width);
    Matrix embeddings = table(table);
    Matrix stateTarget = device.output(hiddenGradient, "rows", tokens.length, width);
    Matrix tableTarget = tableGradient == null ? null : gradient(tableGradient, rows);
    if (tableTarget != null) {
      gpu.clear(tableTarget.address(), tableTarget.rows() * width);
    }
    long ids = indices.of(rows == null ? tokens : joined(tokens, rows));
    long factors = uploaded(weights);
    forChunks(
        tokens.length,
        (from, count) -> {
          Matrix scores = scores(states.rows(from, count), embeddings);
          gpu.launch(
              "crossEntropyGradient",
              Grid.rows(count, vocabulary),
              scores.address(),
              ids + from * Integer.BYTES,
              factors + from * Float.BYTES,
              vocabulary);
          Operand gradient = Operand.of(scores);
          Matrix target = stateTarget.rows(from, count);
          products.multiply(gradient, Operand.of(embeddings), null, null, target);
          if (tableTarget != null) {
            long chosen = ids + (long) tokens.length * Integer.BYTES;
            Matrix trained = rows == null ? scores : chosen(scores, chosen, rows.length);
            Operand own = Operand.of(states.rows(from, count));
            products.multiply(Operand.transposed(trained), own, null, tableTarget, tableTarget);
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

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  private long uploaded(double[] weights) {
    long address = perRow.require(weights.length);
    try (FloatPointer host = new FloatPointer(Math.max(1, weights.length))) {
      for (int i = 0; i < weights.length; i++) {
        host.put(i, (float) weights[i]);
      }
      gpu.upload(host, address, (long) weights.length * Float.BYTES);
    }
    return address;
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
    logits.close();
    columns.close();
    perRow.close();
    indices.close();
    products.close();
    device.close();
  }
}
