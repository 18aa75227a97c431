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

  /** Runs a linear layer. */
  void affine(Affine layer) {
    if (rounds(layer.lines())) {
      bfloat16.affine(layer);
    } else if ((long) layer.in() * layer.out() > SMALL_WEIGHT && layer.ldy() == layer.out()) {
      // oneDNN adds to strided lines by its slow reference code, so those get the fused form.
      largeAffine(layer);
    } else {
      smallAffine(layer);
    }
  }

  /** Packs the weight once for all lines; the bias is a pass of its own. */
  private void largeAffine(Affine layer) {
    long residual = layer.residual();
    long y = layer.y();
    if (residual != 0) {
      addBias(layer, residual);
      multiply(layer, 1);
    } else {
      multiply(layer, 0);
      addBias(layer, y);
    }
  }

  private void multiply(Affine layer, float beta) {
    int in = layer.in();
    int out = layer.out();
    gemm.plain(layer.lines(), out, in, layer.x(), in, layer.w(), layer.ldw(), beta, layer.y(), out);
  }

  /** y = a + bias, line by line. */
  private void addBias(Affine layer, long a) {
    Tiles.forEach(
        layer.lines(),
        (tile, done) -> {
          long offset = done * layer.out() * Float.BYTES;
          primitives
              .get(new AddBias(tile, layer.out()))
              .bind(0, a + offset)
              .bind(1, layer.bias())
              .bind(2, layer.y() + offset)
              .execute();
        });
  }

  private void smallAffine(Affine layer) {
    int in = layer.in();
    Product product =
        Product.of(
            layer.lines(),
            layer.out(),
            in,
            Layout.matrix(in),
            Layout.matrix(layer.ldw()),
            Layout.matrix(layer.ldy()));
    layer.run(primitives, product, layer.w(), (tile, done) -> layer.x() + done * in * Float.BYTES);
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
