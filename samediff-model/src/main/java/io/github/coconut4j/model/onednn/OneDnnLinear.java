package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.Linear;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Arrays;
import java.util.List;

/** Linear layers on oneDNN, for one thread. */
final class OneDnnLinear implements Linear, AutoCloseable {

  /**
   * Weights of more floats than this fall out of the second-level cache between tiles of rows, and
   * oneDNN's matmul primitive packs them anew for each; sgemm packs them once.
   */
  private static final long SMALL_WEIGHT = 256 * 1024;

  private final Primitives primitives;
  private final Gemm gemm = new Gemm();

  /** Of the factors, or null where products are of float32. */
  private final Bfloat16Copies bfloat16;

  private final NativeFloats ones = new NativeFloats();
  private long onesLength;

  OneDnnLinear(Primitives primitives, Precision precision) {
    this.primitives = primitives;
    bfloat16 = precision == Precision.BF16 ? new Bfloat16Copies(primitives) : null;
  }

  @Override
  public void forward(Matrix x, Matrix weight, Matrix bias, Matrix residual, Matrix y) {
    // oneDNN adds to strided rows by its slow reference code, so those get the fused form.
    boolean large = weight.rows() * weight.columns() > SMALL_WEIGHT && y.isDense();
    if (large && !rounds(x.rows())) {
      packedForward(x, weight, bias, residual, y);
    } else {
      fusedForward(x, weight, bias, residual, y);
    }
  }

  /** Packs the weight once for all rows; the bias is added apart. */
  private void packedForward(Matrix x, Matrix weight, Matrix bias, Matrix residual, Matrix y) {
    if (residual == null) {
      gemm.times(1, x, weight, 0, y);
      Add.bias(primitives, y, bias, y);
    } else {
      Add.bias(primitives, residual, bias, y);
      gemm.times(1, x, weight, 1, y);
    }
  }

  /** Multiplies tile by tile and adds bias and residual while a product is in registers. */
  private void fusedForward(Matrix x, Matrix weight, Matrix bias, Matrix residual, Matrix y) {
    boolean rounds = rounds(x.rows());
    Product whole =
        Product.of(
                y.rows(),
                y.columns(),
                x.columns(),
                layout(rounds, x),
                layout(rounds, weight),
                Layout.of(y))
            .withBias(true)
            .withAddend(residual == null ? Product.Addend.NONE : Product.Addend.SHARED)
            .withBfloat16(rounds);
    long w = rounds ? bfloat16.second(weight) : weight.address();
    Tiles.forEach(
        x.rows(),
        (tile, done) -> {
          Product product = whole.withM(tile);
          long rows = first(rounds, x.rows(done, tile));
          if (residual == null) {
            product.run(primitives, rows, w, y.row(done), bias.address());
          } else {
            product.run(primitives, rows, w, y.row(done), bias.address(), residual.row(done));
          }
        });
  }

  @Override
  public void inputGradient(Matrix dy, Matrix weight, Matrix dx) {
    if (!rounds(dy.rows())) {
      gemm.timesTransposed(1, dy, weight, 0, dx);
      return;
    }
    Product whole =
        Product.of(
                dx.rows(),
                dx.columns(),
                dy.columns(),
                layout(true, dy),
                layout(true, weight).transposed(),
                Layout.of(dx))
            .withBfloat16(true);
    long rounded = bfloat16.second(weight);
    Tiles.forEach(
        dy.rows(),
        (tile, done) ->
            whole
                .withM(tile)
                .run(primitives, bfloat16.first(dy.rows(done, tile)), rounded, dx.row(done)));
  }

  @Override
  public void parameterGradients(List<Term> terms, Matrix weightGradient, Matrix biasGradient) {
    weightGradient(terms, weightGradient);
    biasGradient(terms, biasGradient);
  }

  private void weightGradient(List<Term> terms, Matrix dw) {
    if (rounds(terms.stream().mapToLong(term -> term.x().rows()).sum())) {
      roundedWeightGradient(terms, dw);
      return;
    }
    float beta = 0;
    for (Term term : terms) {
      gemm.transposedTimes(1, term.x(), term.dy(), beta, dw);
      beta = 1;
    }
  }

  /** The terms' rows one after another, filled up with zeros to a common size, are one product. */
  private void roundedWeightGradient(List<Term> terms, Matrix dw) {
    long padded = Tiles.roundedUp(terms.stream().mapToLong(term -> term.x().rows()).sum());
    Product.of(
            dw.rows(),
            dw.columns(),
            padded,
            Layout.matrix(dw.rows()).transposed(),
            Layout.matrix(dw.columns()),
            Layout.of(dw))
        .withBfloat16(true)
        .run(
            primitives,
            bfloat16.first(terms.stream().map(Term::x).toList(), padded),
            bfloat16.second(terms.stream().map(Term::dy).toList(), padded),
            dw.address());
  }

  private void biasGradient(List<Term> terms, Matrix bias) {
    float beta = 0;
    for (Term term : terms) {
      gemm.times(1, ones(term.dy().rows()), term.dy(), beta, bias);
      beta = 1;
    }
  }

  /** A row of ones, with which columns are summed up. */
  private Matrix ones(long length) {
    if (length > onesLength) {
      onesLength = 0; // should there be no room
      FloatAddress pointer = new FloatAddress().at(ones.require(length));
      float[] values = new float[Math.toIntExact(length)];
      Arrays.fill(values, 1);
      pointer.put(values);
      onesLength = length;
    }
    return Matrix.dense(ones.require(length), 1, length);
  }

  private boolean rounds(long rows) {
    return bfloat16 != null && Bfloat16Copies.areWorthIt(rows);
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
    ones.close();
  }
}
