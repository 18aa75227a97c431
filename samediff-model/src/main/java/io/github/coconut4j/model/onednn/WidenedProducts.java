package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;

/**
 * Products in float32 with weights in bfloat16. The results are those of the same weights in
 * float32, except for the order of sums. A whole weight is never copied.
 *
 * <p>There are three ways. With few rows, reading the weight takes most of the time. Each float is
 * therefore split into a sum of three bfloat16 values, which makes three times as many rows; the
 * CPU multiplies them in bfloat16 with float32 sums, and each three results are added. With more
 * rows, oneDNN widens the weight in registers, unless the CPU has matrix products in bfloat16
 * (AMX). With many rows, and on CPUs without bfloat16 products, the weight is widened tile by tile.
 */
final class WidenedProducts implements AutoCloseable {

  /** With more rows, the weight is widened tile by tile. */
  private static final long FEW_ROWS = 64;

  /** With fewer rows, every CPU that multiplies in bfloat16 splits them. */
  private static final long DIVIDED_ROWS = 6;

  /** Floats of a tile: half of a second-level cache. */
  private static final long TILE = 256 * 1024;

  private static final int PARTS = 3;

  private static final long BFLOAT16_BYTES = 2;

  private final Primitives primitives;
  private final Gemm gemm;

  /** Whether the CPU multiplies in bfloat16. */
  private final boolean multiplies;

  /** Whether it has matrix products in bfloat16 (AMX), far faster than in float32. */
  private final boolean multipliesMatrices;

  private final Bfloat16Values values = new Bfloat16Values();
  private final NativeFloats tiles = new NativeFloats();

  /** Rows split into three parts; each float of the buffer holds two bfloat16 values. */
  private final NativeFloats parts = new NativeFloats();

  private final NativeFloats remainders = new NativeFloats();
  private final NativeFloats products = new NativeFloats();

  /** [rows, 3 rows]: its product with the products of the parts is their sum. */
  private final NativeFloats sums = new NativeFloats();

  private long sumRows;

  WidenedProducts(
      Primitives primitives, Gemm gemm, boolean multiplies, boolean multipliesMatrices) {
    this.primitives = primitives;
    this.gemm = gemm;
    this.multiplies = multiplies;
    this.multipliesMatrices = multipliesMatrices;
  }

  /**
   * y = x · W, or y += x · W.
   *
   * @param weights with a weight in bfloat16; the bias is ignored
   */
  void times(Matrix x, LinearWeights weights, boolean accumulate, Matrix y) {
    requireShapes(x, weights, y);
    if (y.rows() == 0) {
      return;
    }
    if (multiplies && x.rows() <= FEW_ROWS) {
      // oneDNN's addition to strided rows is slow.
      boolean divides = multipliesMatrices || (accumulate && !y.isDense());
      if (divides || x.rows() < DIVIDED_ROWS) {
        inParts(x, weights, accumulate, y);
      } else {
        asTheyAre(x, weights, accumulate, y);
      }
    } else {
      byTiles(x, weights, accumulate, y);
    }
  }

  /** Mismatched shapes would read or write other memory. */
  private static void requireShapes(Matrix x, LinearWeights weights, Matrix y) {
    Matrix w = weights.weight();
    long in = weights.outIn() ? w.columns() : w.rows();
    long out = weights.outIn() ? w.rows() : w.columns();
    if (!w.bfloat16()
        || x.bfloat16()
        || y.bfloat16()
        || x.rows() != y.rows()
        || x.columns() != in
        || y.columns() != out
        || in == 0
        || out == 0) {
      throw new IllegalArgumentException(
          "A product's factors must fit each other and it, found %s and %s for %s"
              .formatted(x, weights, y));
    }
  }

  private void inParts(Matrix x, LinearWeights weights, boolean accumulate, Matrix y) {
    long rows = x.rows();
    Layout stored = Layout.of(weights.weight());
    Matrix all =
        Matrix.dense(products.require(PARTS * rows * y.columns()), PARTS * rows, y.columns());
    Product.of(
            PARTS * rows,
            y.columns(),
            x.columns(),
            Layout.matrix(x.columns()),
            weights.outIn() ? stored.transposed() : stored,
            Layout.of(all))
        .withBfloat16(true)
        .run(primitives, divided(x), weights.weight().address(), all.address());
    gemm.times(1, sums(rows), all, accumulate ? 1 : 0, y);
  }

  private void asTheyAre(Matrix x, LinearWeights weights, boolean accumulate, Matrix y) {
    Layout stored = Layout.of(weights.weight());
    Product.of(
            x.rows(),
            y.columns(),
            x.columns(),
            Layout.of(x),
            weights.outIn() ? stored.transposed() : stored,
            Layout.of(y))
        .withSecondBfloat16(true)
        .withAccumulate(accumulate)
        .run(primitives, x.address(), weights.weight().address(), y.address());
  }

  /** Splits x into three bfloat16 matrices, one after another, whose sum it is. */
  private long divided(Matrix x) {
    long count = x.rows() * x.columns();
    long target = parts.require((PARTS * count + 1) / 2);
    long remainder = remainders.require(count);
    Matrix rest = x;
    if (!x.isDense()) { // oneDNN's subtraction from strided rows is slow
      Reorder copy =
          new Reorder(1, 1, x.rows(), x.columns(), Layout.of(x), Layout.matrix(x.columns()));
      copy.run(primitives, x.address(), remainder);
      rest = Matrix.dense(remainder, x.rows(), x.columns());
    }
    for (int part = 0; part < PARTS; part++) {
      long rounded = target + part * count * BFLOAT16_BYTES;
      Conversion.round(primitives, rest, rounded);
      if (part < PARTS - 1) {
        Remainder.of(primitives, rest, rounded, remainder);
        rest = Matrix.dense(remainder, x.rows(), x.columns());
      }
    }
    return target;
  }

  private Matrix sums(long rows) {
    long address = sums.require(PARTS * rows * rows);
    if (sumRows != rows) {
      float[] ones = new float[Math.toIntExact(PARTS * rows * rows)];
      for (int row = 0; row < rows; row++) {
        for (int part = 0; part < PARTS; part++) {
          ones[(int) ((row * PARTS + part) * rows + row)] = 1;
        }
      }
      new FloatAddress().at(address).put(ones);
      sumRows = rows;
    }
    return Matrix.dense(address, rows, PARTS * rows);
  }

  /** Multiplies by tiles of the stored rows, each of which is some of the outputs or inputs. */
  private void byTiles(Matrix x, LinearWeights weights, boolean accumulate, Matrix y) {
    Matrix weight = weights.weight();
    long most = Math.max(1, TILE / weight.columns());
    for (long from = 0; from < weight.rows(); from += most) {
      long count = Math.min(most, weight.rows() - from);
      Matrix tile = widened(weight.rows(from, count));
      if (weights.outIn()) {
        gemm.timesTransposed(1, x, tile, accumulate ? 1 : 0, y.columns(from, count));
      } else {
        gemm.times(1, x.columns(from, count), tile, accumulate || from > 0 ? 1 : 0, y);
      }
    }
  }

  private Matrix widened(Matrix rows) {
    Matrix tile =
        Matrix.dense(tiles.require(rows.rows() * rows.columns()), rows.rows(), rows.columns());
    if (multiplies) {
      Conversion.widen(primitives, rows, tile.address());
      return tile;
    }
    FloatAddress pointer = new FloatAddress();
    float[] row = new float[Math.toIntExact(rows.columns())];
    for (long i = 0; i < rows.rows(); i++) {
      values.read(rows.row(i), row, row.length);
      pointer.at(tile.row(i)).put(row);
    }
    return tile;
  }

  @Override
  public void close() {
    tiles.close();
    parts.close();
    remainders.close();
    products.close();
    sums.close();
    sumRows = 0;
  }
}
