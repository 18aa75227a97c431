package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies in bfloat16 of the factors of linear layers' products. Weights only change between
 * batches, so they are copied once per batch. A copy of another factor is valid until the next one.
 * The factors themselves are not changed.
 */
final class Bfloat16Copies implements AutoCloseable {

  /** With fewer rows, rounding the weight takes about as long as the product. */
  private static final long WORTH_ROUNDING = 32;

  /** Number of values in 16 bytes, at a multiple of which tensor cores can load a row. */
  private static final int STEP = 8;

  /** Number of batches without a use after which a weight's copy is freed. */
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

  /** The memory of a weight, or of the part of it that a product reads. */
  private record Place(long address, long rows, long columns, long stride) {

    static Place of(Matrix matrix) {
      return new Place(matrix.address(), matrix.rows(), matrix.columns(), matrix.stride());
    }
  }

  /** A weight's copy and the batch for which it was made. */
  private static final class Copy {

    private final GpuMemory memory;
    private long batch = -1;

    Copy(GpuMemory memory) {
      this.memory = memory;
    }
  }

  /** Starts a batch, in which weights may have new values. */
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

  /** Whether a product of this many rows is computed in bfloat16. */
  static boolean areWorthIt(long rows) {
    return rows >= WORTH_ROUNDING;
  }

  /** The same for a product with a weight; always if the weight is in bfloat16 or copied. */
  boolean areWorthIt(long rows, Matrix weight) {
    return weight.bfloat16() || areWorthIt(rows) || isAtHand(weights.get(Place.of(weight)));
  }

  private boolean isAtHand(Copy copy) {
    return copy != null && copy.batch == batch;
  }

  /** Makes a copy of a product's first factor. */
  Matrix first(Matrix factor) {
    return rounded(factor, first);
  }

  /** Makes a copy of a product's second factor that is not a weight. */
  Matrix second(Matrix factor) {
    return rounded(factor, second);
  }

  /** The copy of a weight, made once per batch; the weight itself if it is in bfloat16. */
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

  /** Number of values between the starts of a copy's rows. */
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
