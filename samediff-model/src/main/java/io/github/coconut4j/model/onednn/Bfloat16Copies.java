package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Matrix;
import java.util.List;

/**
 * Copies in bfloat16, without gaps between their rows, of the two factors of a linear layer's
 * product. Each is valid until the next copy of that factor; weights and activations are not
 * changed.
 */
final class Bfloat16Copies implements AutoCloseable {

  /** With fewer rows, rounding a weight takes about as long as the product. */
  private static final long WORTH_ROUNDING = 32;

  private static final long BYTES = 2;

  private final Primitives primitives;

  // Two bfloat16 values per float.
  private final NativeFloats first = new NativeFloats();
  private final NativeFloats second = new NativeFloats();

  Bfloat16Copies(Primitives primitives) {
    this.primitives = primitives;
  }

  static boolean areWorthIt(long rows) {
    return rows >= WORTH_ROUNDING;
  }

  /** The address of a copy of a product's first factor. */
  long first(Matrix factor) {
    return copy(factor, first);
  }

  /** The address of a product's second factor if it is in bfloat16, or else of a copy. */
  long second(Matrix factor) {
    return factor.bfloat16() ? factor.address() : copy(factor, second);
  }

  /** The layout of a product's second factor at the address of {@link #second(Matrix)}. */
  static Layout layoutOfSecond(Matrix factor) {
    return factor.bfloat16() ? Layout.of(factor) : Layout.matrix(factor.columns());
  }

  /** The concatenated first factors, followed by zeros up to this many rows. */
  long first(List<Matrix> factors, long rows) {
    return stack(factors, rows, first);
  }

  /** The concatenated second factors, followed by zeros up to this many rows. */
  long second(List<Matrix> factors, long rows) {
    return stack(factors, rows, second);
  }

  private long copy(Matrix source, NativeFloats buffer) {
    long target = buffer.require(floats(source.rows() * source.columns()));
    round(source, target);
    return target;
  }

  private long stack(List<Matrix> sources, long rows, NativeFloats buffer) {
    long columns = sources.get(0).columns();
    long target = buffer.require(floats(rows * columns));
    long row = 0;
    for (Matrix source : sources) {
      long start = target + row * columns * BYTES;
      Tiles.forEach(
          source.rows(),
          (tile, done) -> round(source.rows(done, tile), start + done * columns * BYTES));
      row += source.rows();
    }
    Floats.clearBytes(target + row * columns * BYTES, (rows - row) * columns * BYTES);
    return target;
  }

  private void round(Matrix source, long target) {
    Conversion.round(primitives, source, target);
  }

  /** Number of floats with the size of this many bfloat16 values. */
  private static long floats(long values) {
    return (values + 1) / 2;
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }
}
