package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Arrays;
import java.util.List;

/** Linear layers on oneDNN, for one thread. */
final class OneDnnLinear implements Linear, AutoCloseable {

  /**
   * A weight of more floats does not stay in the second-level cache from one tile of rows to the
   * next. oneDNN's matmul primitive then packs it again for each tile, while sgemm packs it once.
   */
  private static final long SMALL_WEIGHT = 256 * 1024;

  private final Primitives primitives;
  private final Gemm gemm = new Gemm();

  /** Products in float32 with weights in bfloat16. */
  private final WidenedProducts widened;

  /** Copies of factors in bfloat16, or null if products are computed in float32. */
  private final Bfloat16Copies bfloat16;

  private final NativeFloats ones = new NativeFloats();
  private long onesLength;

  OneDnnLinear(Primitives primitives, Precision precision) {
    this.primitives = primitives;
    widened =
        new WidenedProducts(
            primitives, gemm, OneDnnBackend.hasBfloat16(), OneDnnBackend.hasBfloat16Matrices());
    bfloat16 = precision == Precision.BF16 ? new Bfloat16Copies(primitives) : null;
  }

  @Override
  public void forward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    Matrix weight = weights.weight();
    // oneDNN's addition to strided rows is slow, so these rows use the fused form.
    boolean large = weight.rows() * weight.columns() > SMALL_WEIGHT && y.isDense();
    if (rounds(x.rows(), weight)) {
      fusedForward(x, weights, residual, y);
    } else if (weight.bfloat16()) {
      widenedForward(x, weights, residual, y);
    } else if (large) {
      packedForward(x, weights, residual, y);
    } else {
      fusedForward(x, weights, residual, y);
    }
  }

  /** Writes bias and residual first and adds the product by sgemm; y may have gaps. */
  private void widenedForward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    Matrix bias = weights.bias();
    if (residual != null && residual.address() != y.address()) {
      Floats.copy(residual.address(), y.address(), y.rows() * y.columns());
    }
    if (bias != null) {
      gemm.times(1, ones(y.rows()).reshape(1), bias, residual == null ? 0 : 1, y);
    }
    widened.times(x, weights, residual != null || bias != null, y);
  }

  /** Packs the weight once for all rows; the bias is added in a separate operation. */
  private void packedForward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    Matrix bias = weights.bias();
    if (residual == null) {
      times(x, weights, 0, y);
      if (bias != null) {
        Binary.addBias(primitives, y, bias, y);
      }
      return;
    }
    if (bias != null) {
      Binary.addBias(primitives, residual, bias, y);
    } else if (residual.address() != y.address()) {
      Floats.copy(residual.address(), y.address(), y.rows() * y.columns());
    }
    times(x, weights, 1, y);
  }

  private void times(Matrix x, LinearWeights weights, float beta, Matrix y) {
    if (weights.outIn()) {
      gemm.timesTransposed(1, x, weights.weight(), beta, y);
    } else {
      gemm.times(1, x, weights.weight(), beta, y);
    }
  }

  /** Multiplies tile by tile; bias and residual are added while a product is in registers. */
  private void fusedForward(Matrix x, LinearWeights weights, Matrix residual, Matrix y) {
    Matrix weight = weights.weight();
    Matrix bias = weights.bias();
    boolean rounds = rounds(x.rows(), weight);
    Product whole =
        Product.of(
                y.rows(),
                y.columns(),
                x.columns(),
                layout(rounds, x),
                inOut(weights, rounds ? Bfloat16Copies.layoutOfSecond(weight) : Layout.of(weight)),
                Layout.of(y))
            .withBias(bias != null)
            .withAddend(residual == null ? Product.Addend.NONE : Product.Addend.SHARED)
            .withBfloat16(rounds);
    long w = rounds ? bfloat16.second(weight) : weight.address();
    forEachTile(
        x.rows(),
        weight,
        (tile, done) -> {
          Product product = whole.withM(tile);
          long rows = first(rounds, x.rows(done, tile));
          if (bias == null && residual == null) {
            product.run(primitives, rows, w, y.row(done));
          } else if (residual == null) {
            product.run(primitives, rows, w, y.row(done), bias.address());
          } else if (bias == null) {
            product.run(primitives, rows, w, y.row(done), residual.row(done));
          } else {
            product.run(primitives, rows, w, y.row(done), bias.address(), residual.row(done));
          }
        });
  }

  /**
   * Number of rows that are multiplied together with a weight in bfloat16. Reading and packing such
   * a weight again for another tile takes longer than compiling a product for this number of rows.
   */
  private static void forEachTile(long rows, Matrix weight, Tiles.Operation operation) {
    if (weight.bfloat16() && rows > 0) {
      operation.run(rows, 0);
    } else {
      Tiles.forEach(rows, operation);
    }
  }

  /** The layout of a weight [in, out], however it is stored. */
  private static Layout inOut(LinearWeights weights, Layout stored) {
    return weights.outIn() ? stored.transposed() : stored;
  }

  @Override
  public void inputGradient(Matrix dy, LinearWeights weights, boolean accumulate, Matrix dx) {
    Matrix weight = weights.weight();
    if (weight.bfloat16() && bfloat16 == null) {
      widened.times(dy, weights.transposed(), accumulate, dx);
      return;
    }
    if (!rounds(dy.rows(), weight)) {
      float beta = accumulate ? 1 : 0;
      if (weights.outIn()) {
        gemm.times(1, dy, weight, beta, dx);
      } else {
        gemm.timesTransposed(1, dy, weight, beta, dx);
      }
      return;
    }
    Product whole =
        Product.of(
                dx.rows(),
                dx.columns(),
                dy.columns(),
                layout(true, dy),
                inOut(weights, Bfloat16Copies.layoutOfSecond(weight)).transposed(),
                Layout.of(dx))
            .withAccumulate(accumulate)
            .withBfloat16(true);
    long rounded = bfloat16.second(weight);
    forEachTile(
        dy.rows(),
        weight,
        (tile, done) ->
            whole
                .withM(tile)
                .run(primitives, bfloat16.first(dy.rows(done, tile)), rounded, dx.row(done)));
  }

  @Override
  public void parameterGradients(List<Term> terms, boolean accumulate, LinearWeights gradients) {
    if (gradients.weight() != null) {
      weightGradient(terms, accumulate, gradients);
    }
    if (gradients.bias() != null) {
      biasGradient(terms, accumulate, gradients.bias());
    }
  }

  private void weightGradient(List<Term> terms, boolean accumulate, LinearWeights gradients) {
    Matrix dw = gradients.weight();
    boolean outIn = gradients.outIn();
    List<Matrix> rows = terms.stream().map(term -> outIn ? term.dy() : term.x()).toList();
    List<Matrix> columns = terms.stream().map(term -> outIn ? term.x() : term.dy()).toList();
    if (rounds(rows.stream().mapToLong(Matrix::rows).sum(), dw)) {
      roundedTransposedProduct(rows, columns, accumulate, dw);
      return;
    }
    float beta = accumulate ? 1 : 0;
    for (int i = 0; i < rows.size(); i++) {
      gemm.transposedTimes(1, rows.get(i), columns.get(i), beta, dw);
      beta = 1;
    }
  }

  /**
   * dw (+)= Σ aᵀ · b, as one product of the concatenated rows of all terms. Zeros fill them up to a
   * size that other batches share.
   */
  private void roundedTransposedProduct(
      List<Matrix> a, List<Matrix> b, boolean accumulate, Matrix dw) {
    long padded = Tiles.roundedUp(a.stream().mapToLong(Matrix::rows).sum());
    Product.of(
            dw.rows(),
            dw.columns(),
            padded,
            Layout.matrix(dw.rows()).transposed(),
            Layout.matrix(dw.columns()),
            Layout.of(dw))
        .withAccumulate(accumulate)
        .withBfloat16(true)
        .run(primitives, bfloat16.first(a, padded), bfloat16.second(b, padded), dw.address());
  }

  private void biasGradient(List<Term> terms, boolean accumulate, Matrix bias) {
    float beta = accumulate ? 1 : 0;
    for (Term term : terms) {
      gemm.times(1, ones(term.dy().rows()), term.dy(), beta, bias);
      beta = 1;
    }
  }

  /** A row of ones: its product with a matrix is the sums of the columns. */
  private Matrix ones(long length) {
    if (length > onesLength) {
      onesLength = 0; // if there is not enough memory
      FloatAddress pointer = new FloatAddress().at(ones.require(length));
      float[] values = new float[Math.toIntExact(length)];
      Arrays.fill(values, 1);
      pointer.put(values);
      onesLength = length;
    }
    return Matrix.dense(ones.require(length), 1, length);
  }

  /** Whether factors are rounded to bfloat16 in a product of this many rows. */
  private boolean rounds(long rows, Matrix weight) {
    return bfloat16 != null && (weight.bfloat16() || Bfloat16Copies.areWorthIt(rows));
  }

  private long first(boolean rounds, Matrix factor) {
    return rounds ? bfloat16.first(factor) : factor.address();
  }

  private static Layout layout(boolean rounds, Matrix factor) {
    return rounds ? Layout.matrix(factor.columns()) : Layout.of(factor);
  }

  @Override
  public void close() {
    if (bfloat16 != null) {
      bfloat16.close();
    }
    widened.close();
    ones.close();
  }
}
