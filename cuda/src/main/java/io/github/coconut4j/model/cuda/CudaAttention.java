package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.cuda.AttentionBatch.Queries;
import io.github.coconut4j.model.dropout.DropoutMask;
import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Pass;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Attention of one layer. Of the forward pass only keys and values are kept; the backward pass
 * computes the scores again.
 */
final class CudaAttention implements Attention {

  /** Bytes of the kernels' structure {@code Attention}: 8 pointers and 10 numbers. */
  private static final int STRUCTURE = 8 * Long.BYTES + 10 * Integer.BYTES;

  /** Bytes of the kernels' structure {@code AttentionGradient}: 4 pointers and 2 strides. */
  private static final int GRADIENT = 6 * Long.BYTES;

  /** A null pointer. */
  private static final Long NULL = 0L;

  private final Gpu gpu;
  private final AttentionBatch batch;
  private final AttentionShape shape;
  private final KeyValueStore store;

  /** Whether factors may be rounded to bfloat16. */
  private final boolean rounds;

  /**
   * Makes the attention of a layer.
   *
   * @param rounds whether passes with many queries are computed on tensor cores, with factors in
   *     bfloat16
   */
  CudaAttention(Gpu gpu, AttentionBatch batch, AttentionShape shape, boolean rounds) {
    this.gpu = gpu;
    this.batch = batch;
    this.shape = shape;
    this.rounds = rounds;
    store = new KeyValueStore(gpu, shape.keyValueWidth());
  }

  private AttentionKernels kernels(Pass pass, Queries queries) {
    int sequences = pass.sequences();
    return rounds && AttentionKernels.fillTiles(shape, queries.count(), sequences)
        ? AttentionKernels.ofTiles(shape, pass)
        : AttentionKernels.ofWarps(
            shape, queries.count(), sequences, (long) store.sequences() * pass.to());
  }

  @Override
  public void start(int sequences, int capacity, boolean training) {
    store.start(sequences, capacity, training);
  }

  @Override
  public void store(Pass pass, Matrix keys, Matrix values) {
    store.requireRoom(pass.to());
    gpu.launch(
        "storeKeyValues",
        Grid.rows(pass.rows(), store.width()),
        keys.address(),
        keys.stride(),
        values.address(),
        values.stride(),
        store.keys(),
        store.values(),
        pass.from(),
        pass.sequences(),
        store.capacity(),
        store.width());
  }

  /** The kernels' structure. */
  private byte[] structure(Queries queries, MaskedRows dropout) {
    DropoutMask mask = dropout == null ? null : dropout.mask();
    ByteBuffer bytes = ByteBuffer.allocate(STRUCTURE).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(store.keys()).putLong(store.values());
    bytes.putLong(batch.address(queries.rows())).putLong(batch.address(queries.sequences()));
    bytes.putLong(batch.address(queries.steps())).putLong(batch.address(queries.starts()));
    bytes.putLong(batch.segments()).putLong(batch.firstSteps());
    bytes.putInt(store.sequences()).putInt(batch.steps()).putInt(store.capacity());
    bytes.putInt(queries.count());
    bytes.putInt(shape.heads()).putInt(shape.group()).putInt(shape.headSize());
    bytes.putFloat(shape.scale());
    bytes.putInt(mask == null ? 0 : (int) mask.threshold());
    bytes.putFloat(mask == null ? 1 : (float) mask.scale());
    return bytes.array();
  }

  /**
   * The kernels' structure {@code AttentionGradient}.
   *
   * @param statistics address of two numbers for each head of each query
   * @param heads of all queries
   */
  private static byte[] gradient(
      Matrix queries, Matrix outputGradient, long statistics, long heads) {
    ByteBuffer bytes = ByteBuffer.allocate(GRADIENT).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(queries.address()).putLong(queries.stride());
    bytes.putLong(outputGradient.address()).putLong(outputGradient.stride());
    bytes.putLong(statistics).putLong(statistics + heads * Float.BYTES);
    return bytes.array();
  }

  private void launch(String kernel, AttentionKernels kernels, Grid grid, Object... values) {
    gpu.launch(kernel + kernels.suffix(), grid, values);
  }

  private static Object draw(MaskedRows dropout) {
    return dropout == null ? NULL : CudaOperations.draw(dropout.mask());
  }

  @Override
  public void forward(
      Pass pass, boolean queriedOnly, Matrix queries, MaskedRows dropout, Matrix output) {
    Queries own = batch.queries(pass, queriedOnly);
    AttentionKernels kernels = kernels(pass, own);
    launch(
        "attend",
        kernels,
        kernels.queries(),
        structure(own, dropout),
        draw(dropout),
        queries.address(),
        queries.stride(),
        output.address(),
        output.stride());
  }

  @Override
  public void startGradients() {
    store.clearSums();
  }

  @Override
  public void backward(
      Pass pass,
      boolean queriedOnly,
      Matrix queries,
      MaskedRows dropout,
      Matrix outputGradient,
      Matrix queryGradient) {
    Queries own = batch.queries(pass, queriedOnly);
    long heads = (long) own.count() * shape.heads();
    AttentionKernels kernels = kernels(pass, own);
    byte[] structure = structure(own, dropout);
    Object draw = draw(dropout);
    byte[] gradient = gradient(queries, outputGradient, batch.scratch(2 * heads), heads);
    launch("attentionStatistics", kernels, kernels.queries(), structure, draw, gradient);
    if (heads > 0) {
      launch(
          "attentionKeyGradients",
          kernels,
          kernels.keys(),
          structure,
          draw,
          gradient,
          store.keySums(),
          store.valueSums(),
          pass.to());
    }
    // Last, since it may overwrite the queries.
    launch(
        "attentionQueryGradients",
        kernels,
        kernels.queries(),
        structure,
        draw,
        gradient,
        queryGradient.address(),
        queryGradient.stride());
  }

  @Override
  public void keyValueGradients(Pass pass, Matrix keyGradient, Matrix valueGradient) {
    gpu.launch(
        "takeKeyValueGradients",
        Grid.rows(pass.rows(), store.width()),
        store.keySums(),
        store.valueSums(),
        keyGradient.address(),
        keyGradient.stride(),
        valueGradient.address(),
        valueGradient.stride(),
        pass.from(),
        pass.sequences(),
        store.capacity(),
        store.width());
  }

  @Override
  public void retain(int[] sequences) {
    store.retain(sequences);
  }

  @Override
  public void join(Attention others, int ownSteps, int capacity) {
    store.join(((CudaAttention) others).store, ownSteps, capacity);
  }

  @Override
  public void close() {
    store.close();
  }
}
