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
  private final NativeFloats zeros = new NativeFloats();

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
    if (rounds(layer.x().lines())) {
      bfloat16.affine(layer);
    } else if (layer.w().lines() * layer.w().columns() > SMALL_WEIGHT && layer.y().isDense()) {
      // oneDNN adds to strided lines by its slow reference code, so those get the fused form.
      largeAffine(layer);
    } else {
      smallAffine(layer);
    }
  }

  /** Packs the weight once for all lines; the bias is a pass of its own. */
  private void largeAffine(Affine layer) {
    long y = layer.y().address();
    if (layer.hasResidual()) {
      addBias(layer, layer.residual());
      gemm.times(1, layer.x(), layer.w(), 1, layer.y());
    } else {
      gemm.times(1, layer.x(), layer.w(), 0, layer.y());
      addBias(layer, y);
    }
  }

  /** y = a + bias, line by line. */
  private void addBias(Affine layer, long a) {
    long columns = layer.y().columns();
    Tiles.forEach(
        layer.y().lines(),
        (tile, done) -> {
          long offset = done * columns * Float.BYTES;
          primitives
              .get(new AddBias(tile, columns))
              .bind(0, a + offset)
              .bind(1, layer.bias())
              .bind(2, layer.y().address() + offset)
              .execute();
        });
  }

  private void smallAffine(Affine layer) {
    Product product =
        Product.of(
            layer.y().lines(),
            layer.y().columns(),
            layer.x().columns(),
            Layout.of(layer.x()),
            Layout.of(layer.w()),
            Layout.of(layer.y()));
    layer.run(primitives, product, layer.w().address(), Matrix::address);
  }

  private boolean rounds(long lines) {
    return bfloat16 != null && Bfloat16Products.areWorthIt(lines);
  }

  /**
   * dx = dy · wᵀ, the gradient of a linear layer's input. dy is [lines, out], w [in, out], dx
   * [lines, in].
   */
  void throughWeight(Matrix dy, Matrix w, Matrix dx) {
    if (rounds(dy.lines())) {
      bfloat16.throughWeight(dy, w, dx);
    } else {
      gemm.timesTransposed(1, dy, w, 0, dx);
    }
  }

  /**
   * dw = Σ xᵀ · dy over the terms, the gradient of columns of a linear layer's weight. x is [lines,
   * in], dy [lines, columns], dw [in, columns].
   */
  void weightGradient(List<LinearTerm> terms, Matrix dw) {
    if (rounds(terms.stream().mapToLong(LinearTerm::lines).sum())) {
      bfloat16.weightGradient(terms, dw);
      return;
    }
    float beta = 0;
    for (LinearTerm term : terms) {
      gemm.transposedTimes(1, term.x(), term.dy(), beta, dw);
      beta = 1;
    }
  }

  /** Adds the sums of y's columns to {@code beta} times what {@code sums} [columns] held. */
  void columnSums(Matrix y, float beta, long sums) {
    Matrix ones = Matrix.dense(ones(y.lines()), 1, y.lines());
    gemm.times(1, ones, y, beta, Matrix.dense(sums, 1, y.columns()));
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
      onesLength = 0; // should there be no room
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

  /** So many zeros, which nobody writes. */
  long zeros(long count) {
    return zeros.requireInitialized(count);
  }

  @Override
  public void close() {
    if (bfloat16 != null) {
      bfloat16.close();
    }
    primitives.close();
    ones.close();
    zeros.close();
  }
}
