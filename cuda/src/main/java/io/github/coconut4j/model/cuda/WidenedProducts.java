package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;

/**
 * Products in float32 with weights in bfloat16. The results are those of the same weights in
 * float32, except for the order of sums. A whole weight is never copied.
 *
 * <p>With few rows, reading the weight takes most of the time. Each float is therefore split into a
 * sum of three bfloat16 values, which makes three times as many rows; these are multiplied in
 * bfloat16 with float32 sums, and each three results are added. With many rows, and on GPUs without
 * bfloat16 products, the weight is widened tile by tile.
 */
final class WidenedProducts implements AutoCloseable {

  /** Up to this many rows are split into three. */
  private static final long FEW_ROWS = 64;

  /** Floats of a tile: 16 MB, which fit into a GPU's second-level cache. */
  private static final long TILE = 4L << 20;

  /** Number of floats in 256 bytes: the parts of results and biases begin at a multiple of it. */
  private static final long ALIGNED = 64;

  private static final int PARTS = 3;

  private final Gpu gpu;
  private final Products products;

  /** Whether the GPU multiplies in bfloat16. */
  private final boolean multiplies;

  /** Number of floats that are widened at a time. */
  private final long tileFloats;

  private final GpuMemory tile;
  private final GpuMemory parts;
  private final GpuMemory sums;

  WidenedProducts(Gpu gpu, Products products, boolean multiplies) {
    this(gpu, products, multiplies, TILE);
  }

  WidenedProducts(Gpu gpu, Products products, boolean multiplies, long tileFloats) {
    this.gpu = gpu;
    this.products = products;
    this.multiplies = multiplies;
    this.tileFloats = tileFloats;
    tile = new GpuMemory(gpu);
    parts = new GpuMemory(gpu);
    sums = new GpuMemory(gpu);
  }

  /**
   * y = x · W, plus a bias in each row, plus an addend.
   *
   * @param x [n, in] in float32
   * @param weight [in, out] in bfloat16
   * @param bias [1, out], or null
   * @param addend [n, out], or null; may be y
   */
  void multiply(Matrix x, Operand weight, Matrix bias, Matrix addend, Matrix y) {
    if (y.rows() == 0) {
      return;
    }
    if (multiplies && x.rows() <= FEW_ROWS) {
      inParts(x, weight, bias, addend, y);
    } else if (weight.transposed()) {
      byOutputs(x, weight.matrix(), bias, addend, y);
    } else {
      byInputs(x, weight.matrix(), bias, addend, y);
    }
  }

  private void inParts(Matrix x, Operand weight, Matrix bias, Matrix addend, Matrix y) {
    long rows = PARTS * x.rows();
    long stride = Bfloat16Copies.stride(x);
    long rounded = parts.requireBytes(rows * stride * Short.BYTES);
    Matrix three = new Matrix(rounded, rows, x.columns(), stride, true, null);
    gpu.launch(
        "splitRows",
        Grid.rows(x.rows(), x.columns()),
        x.address(),
        x.stride(),
        three.address(),
        three.stride(),
        (int) x.columns());
    Matrix all = Matrix.dense(sums.require(rows * y.columns()), rows, y.columns());
    products.multiply(Operand.of(three), weight, null, null, all);
    gpu.launch(
        "addThreeParts",
        Grid.rows(y.rows(), y.columns()),
        all.address(),
        bias == null ? 0L : bias.address(),
        addend == null ? 0L : addend.address(),
        addend == null ? 0L : addend.stride(),
        y.address(),
        y.stride(),
        (int) y.columns());
  }

  /** Multiplies by tiles of a weight [out, in], each of some outputs. */
  private void byOutputs(Matrix x, Matrix weight, Matrix bias, Matrix addend, Matrix y) {
    long most = rowsAtOnce(weight);
    for (long from = 0; from < weight.rows(); from += most) {
      long count = Math.min(most, weight.rows() - from);
      products.multiply(
          Operand.of(x),
          Operand.transposed(widened(weight.rows(from, count))),
          bias == null ? null : bias.columns(from, count),
          addend == null ? null : addend.columns(from, count),
          y.columns(from, count));
    }
  }

  /** Multiplies by tiles of a weight [in, out], each of some inputs. */
  private void byInputs(Matrix x, Matrix weight, Matrix bias, Matrix addend, Matrix y) {
    long most = rowsAtOnce(weight);
    for (long from = 0; from < weight.rows(); from += most) {
      long count = Math.min(most, weight.rows() - from);
      products.multiply(
          Operand.of(x.columns(from, count)),
          Operand.of(widened(weight.rows(from, count))),
          from == 0 ? bias : null,
          from == 0 ? addend : y,
          y);
    }
  }

  private long rowsAtOnce(Matrix weight) {
    long rows = Math.max(1, tileFloats / weight.columns());
    return rows < ALIGNED ? rows : rows - rows % ALIGNED;
  }

  private Matrix widened(Matrix rows) {
    Matrix wide =
        Matrix.dense(tile.require(rows.rows() * rows.columns()), rows.rows(), rows.columns());
    gpu.launch(
        "copyRowsBfloat16",
        Grid.rows(rows.rows(), rows.columns()),
        rows.address(),
        0L,
        rows.stride(),
        wide.address(),
        0L,
        wide.stride(),
        (int) rows.columns());
    return wide;
  }

  @Override
  public void close() {
    tile.close();
    parts.close();
    sums.close();
  }
}
