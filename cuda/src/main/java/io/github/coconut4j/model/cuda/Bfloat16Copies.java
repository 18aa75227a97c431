package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies in bfloat16 of the factors of linear layers' products. Those of weights are made once a
 * batch, since weights change between batches alone; those of other factors live until the next
 * one's. The factors stay as they are.
 */
final class Bfloat16Copies implements AutoCloseable {

  /** Fewer rows are read about as fast as a weight is rounded for them. */
  private static final long WORTH_ROUNDING = 32;

  /** Values of 16 bytes: rows begin where tensor cores can load them. */
  private static final int STEP = 8;

  /** Batches without a weight after which its copy is freed. */
  private static final long KEPT_BATCHES = 8;

  private final Gpu gpu;
  private final GpuMemory first;
  private final GpuMemory second;
  private final Map<Place, Copy> weights = new HashMap<>();
  private long batch;

  Bfloat16Copies(Gpu gpu) {
    this.gpu = gpu;
    first = new GpuMemory(gpu);
    second = new GpuMemory(gpu);
  }

  /** Where a weight, or the part of one that a product reads, lies. */
  private record Place(long address, long rows, long columns, long stride) {

    static Place of(Matrix matrix) {
      return new Place(matrix.address(), matrix.rows(), matrix.columns(), matrix.stride());
    }
  }

  /** A weight's copy, and the batch that it was made for. */
  private static final class Copy {

    private final GpuMemory memory;
    private long batch = -1;

    Copy(GpuMemory memory) {
      this.memory = memory;
    }
  }

  /** Begins a batch: weights may have other values. */
  void start() {
    batch++;
    weights
        .values()
        .removeIf(
            copy -> {
              boolean unused = batch - copy.batch > KEPT_BATCHES;
              if (unused) {
                copy.memory.close();
              }
              return unused;
            });
  }

  /** Whether a product of so many rows is rounded. */
  static boolean areWorthIt(long rows) {
    return rows >= WORTH_ROUNDING;
  }

  /** Whether a product of so many rows with a weight is rounded; with one that is, any. */
  boolean areWorthIt(long rows, Matrix weight) {
    return weight.bfloat16() || areWorthIt(rows) || isAtHand(weights.get(Place.of(weight)));
  }

  private boolean isAtHand(Copy copy) {
    return copy != null && copy.batch == batch;
  }

  /** A copy of a product's first factor. */
  Matrix first(Matrix factor) {
    return rounded(factor, first);
  }

  /** A copy of a product's second factor that is no weight. */
  Matrix second(Matrix factor) {
    return rounded(factor, second);
  }

  /** A weight's copy, which is made where the batch has none yet; itself where it is rounded. */
  Matrix weight(Matrix weight) {
    if (weight.bfloat16()) {
      return weight;
    }
    Copy copy = weights.computeIfAbsent(Place.of(weight), key -> new Copy(new GpuMemory(gpu)));
    if (isAtHand(copy)) {
      return copyAt(copy.memory.require(0), weight);
    }
    Matrix made = rounded(weight, copy.memory);
    copy.batch = batch;
    return made;
  }

  private Matrix rounded(Matrix source, GpuMemory memory) {
    Matrix target =
        copyAt(memory.requireBytes(source.rows() * stride(source) * Short.BYTES), source);
    gpu.launch(
        "roundRows",
        Grid.rows(source.rows(), source.columns()),
        source.address(),
        source.stride(),
        target.address(),
        target.stride(),
        (int) source.columns());
    return target;
  }

  private static Matrix copyAt(long address, Matrix source) {
    return new Matrix(address, source.rows(), source.columns(), stride(source), true, null);
  }

  /** Values from row to row of a copy. */
  static long stride(Matrix source) {
    return Grid.ceiling(source.columns(), STEP) * STEP;
  }

  @Override
  public void close() {
    first.close();
    second.close();
    weights.values().forEach(copy -> copy.memory.close());
    weights.clear();
  }
}
