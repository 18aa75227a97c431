package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The operations of a transformer layer on matrices of [lines, …] for one thread. All addresses are
 * of dense row-major float32 matrices unless a distance between lines is given.
 */
final class Kernels implements AutoCloseable {

  /**
   * Weights of more floats than this fall out of the second-level cache between tiles of lines, and
   * oneDNN's matmul primitive packs them anew for each; sgemm packs them once.
   */
  private static final long SMALL_WEIGHT = 256 * 1024;

  private final Primitives primitives = new Primitives();
  private final Gemm gemm = new Gemm();

  /** Of the linear layers, or null where they are float32. */
  private final Bfloat16Products bfloat16;

  private final NativeFloats ones = new NativeFloats();
  private long onesLength;

  Kernels(Precision precision) {
    bfloat16 = precision == Precision.BF16 ? new Bfloat16Products(primitives) : null;
  }

  Primitives primitives() {
    return primitives;
  }

  Gemm gemm() {
    return gemm;
  }

  /**
   * y = x · w + bias (+ residual). x is [lines, in], w [in, out] with {@code ldw} floats a line, y
   * [lines, out] with {@code ldy} floats a line.
   *
   * @param residual [lines, out], or 0 for none
   */
  void affine(
      long lines,
      int in,
      int out,
      long x,
      long w,
      long ldw,
      long bias,
      long residual,
      long y,
      long ldy) {
    if (rounds(lines)) {
      bfloat16.affine(lines, in, out, x, w, ldw, bias, residual, y, ldy);
      return;
    }
    // oneDNN adds to strided lines by its slow reference code, so those get the fused form.
    if ((long) in * out > SMALL_WEIGHT && ldy == out) {
      largeAffine(lines, in, out, x, w, ldw, bias, residual, y);
    } else {
      smallAffine(lines, in, out, x, w, ldw, bias, residual, y, ldy);
    }
  }

  /** Packs the weight once for all lines; the bias is a pass of its own. */
  private void largeAffine(
      long lines, int in, int out, long x, long w, long ldw, long bias, long residual, long y) {
    if (residual != 0) {
      addBias(lines, out, residual, bias, y);
      gemm.plain(lines, out, in, x, in, w, ldw, 1, y, out);
    } else {
      gemm.plain(lines, out, in, x, in, w, ldw, 0, y, out);
      addBias(lines, out, y, bias, y);
    }
  }

  /** target = a + bias, line by line. */
  private void addBias(long lines, int width, long a, long bias, long target) {
    Tiles.forEach(
        lines,
        (tile, done) -> {
          long offset = done * width * Float.BYTES;
          primitives
              .get(new AddBias(tile, width))
              .bind(0, a + offset)
              .bind(1, bias)
              .bind(2, target + offset)
              .execute();
        });
  }

  /** Adds bias and residual while the product is in registers. */
  private void smallAffine(
      long lines,
      int in,
      int out,
      long x,
      long w,
      long ldw,
      long bias,
      long residual,
      long y,
      long ldy) {
    Product whole =
        Product.of(lines, out, in, Layout.matrix(in), Layout.matrix(ldw), Layout.matrix(ldy))
            .withBias()
            .plus(residual == 0 ? Product.Addend.NONE : Product.Addend.SHARED);
    Tiles.forEach(
        lines,
        (tile, done) -> {
          Primitive product =
              primitives
                  .get(whole.ofLines(tile))
                  .bind(0, x + done * in * Float.BYTES)
                  .bind(1, w)
                  .bind(2, y + done * ldy * Float.BYTES)
                  .bind(3, bias);
          if (residual != 0) {
            product.bind(4, residual + done * out * Float.BYTES);
          }
          product.execute();
        });
  }

  private boolean rounds(long lines) {
    return bfloat16 != null && Bfloat16Products.areWorthIt(lines);
  }

  /**
   * dx = dy · wᵀ, the gradient of a linear layer's input. dy is [lines, out] with {@code lddy}
   * floats a line, w [in, out] with {@code ldw} floats a line, dx [lines, in].
   */
  void throughWeight(long lines, int in, int out, long dy, long lddy, long w, long ldw, long dx) {
    if (rounds(lines)) {
      bfloat16.throughWeight(lines, in, out, dy, lddy, w, ldw, dx);
    } else {
      gemm.timesTransposed(lines, in, out, dy, lddy, w, ldw, 0, dx, in);
    }
  }

  /**
   * dw = Σ xᵀ · dy over the terms, the gradient of columns of a linear layer's weight. x is [lines,
   * in], dy [lines, columns], dw [in, columns] with {@code ldw} floats a line.
   */
  void weightGradient(List<LinearTerm> terms, int in, long columns, long dw, long ldw) {
    if (rounds(terms.stream().mapToLong(LinearTerm::lines).sum())) {
      bfloat16.weightGradient(terms, in, columns, dw, ldw);
      return;
    }
    float beta = 0;
    for (LinearTerm term : terms) {
      gemm.transposedTimes(
          in, columns, term.lines(), term.x(), term.ldx(), term.dy(), term.lddy(), beta, dw, ldw);
      beta = 1;
    }
  }

  /** Adds the lines' sums to {@code beta} times what {@code sums} [columns] held. */
  void columnSums(long lines, long columns, long y, long ldy, float beta, long sums) {
    gemm.plain(1, columns, lines, ones(lines), lines, y, ldy, beta, sums, columns);
  }

  void layerNorm(
      long lines,
      int width,
      float epsilon,
      long x,
      long scale,
      long shift,
      long y,
      long mean,
      long variance) {
    Tiles.forEach(
        lines,
        (tile, done) -> {
          long offset = done * width * Float.BYTES;
          primitives
              .get(new LayerNorm.Forward(tile, width, epsilon))
              .bind(0, x + offset)
              .bind(1, y + offset)
              .bind(2, mean + done * Float.BYTES)
              .bind(3, variance + done * Float.BYTES)
              .bind(4, scale)
              .bind(5, shift)
              .execute();
        });
  }

  void gelu(long lines, int width, long x, long y) {
    lineByLine(lines, width, tile -> new Gelu.Forward(tile, width), x, y);
  }

  /** The softmax of each line, in place. */
  void softmax(long lines, int width, long x) {
    lineByLine(lines, width, tile -> new Softmax.Forward(tile, width), x, x);
  }

  /** dx = dy ⊙ gelu'(x); dx may be x or dy. */
  void geluBackward(long lines, int width, long x, long dy, long dx) {
    lineByLine(lines, width, tile -> new Gelu.Backward(tile, width), x, dy, dx);
  }

  /** sum = a + b; the sum may be a. */
  void add(long lines, int width, long a, long b, long sum) {
    lineByLine(lines, width, tile -> new Add(tile, width), a, b, sum);
  }

  /** An operation on matrices of one shape that takes their lines apart. */
  private void lineByLine(
      long lines, int width, LongFunction<PrimitiveSpec> operation, long... matrices) {
    Tiles.forEach(
        lines,
        (tile, done) -> {
          Primitive primitive = primitives.get(operation.apply(tile));
          for (int i = 0; i < matrices.length; i++) {
            primitive.bind(i, matrices[i] + done * width * Float.BYTES);
          }
          primitive.execute();
        });
  }

  private long ones(long length) {
    if (length > onesLength) {
      long start = ones.require(length);
      float[] value = {1};
      FloatAddress pointer = new FloatAddress();
      for (long i = 0; i < length; i++) {
        pointer.at(start + i * Float.BYTES).put(value, 0, 1);
      }
      onesLength = length;
      return start;
    }
    return ones.require(length);
  }

  @Override
  public void close() {
    if (bfloat16 != null) {
      bfloat16.close();
    }
    primitives.close();
    ones.close();
  }
}
