package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.Arrays;
import java.util.List;

/**
 * A linear layer and its gradients, for one thread:
 *
 * <pre>
 * y  = x · W + b (+ r)
 * dx = dy · Wᵀ          dW = xᵀ · dy          db = the sums of dy's columns
 * </pre>
 *
 * <p>Shapes: x [n, in], W [in, out], b [out], y and the residual r [n, out].
 */
final class Linear implements AutoCloseable {

  private static final long NO_RESIDUAL = 0;

  /**
   * Weights of more floats than this fall out of the second-level cache between tiles of rows, and
   * oneDNN's matmul primitive packs them anew for each; sgemm packs them once.
   */
  private static final long SMALL_WEIGHT = 256 * 1024;

  /** Columns of a weight are shared out in multiples of an AVX-512 register. */
  private static final int COLUMN_STEP = 16;

  private final Primitives primitives;
  private final Gemm gemm = new Gemm();

  /** Of the factors, or null where products are of float32. */
  private final Bfloat16Copies bfloat16;

  private final NativeFloats ones = new NativeFloats();
  private long onesLength;

  Linear(Primitives primitives, Precision precision) {
    this.primitives = primitives;
    bfloat16 = precision == Precision.BF16 ? new Bfloat16Copies(primitives) : null;
  }

  /**
   * Weight [in, out] and the address of the bias [out], or of their gradients.
   *
   * @param weight W
   * @param bias b
   */
  record Parameters(Matrix weight, long bias) {

    /** The columns [from, from + count) of both. */
    Parameters columns(long from, long count) {
      return new Parameters(weight.columns(from, count), bias + from * Float.BYTES);
    }
  }

  /** y = x · W + b. */
  void forward(Matrix x, Parameters parameters, Matrix y) {
    forward(x, parameters, NO_RESIDUAL, y);
  }

  /**
   * y = x · W + b + r.
   *
   * @param residual address of r, without gaps between its rows; y may lie there
   */
  void forward(Matrix x, Parameters parameters, long residual, Matrix y) {
    Matrix weight = parameters.weight();
    // oneDNN adds to strided rows by its slow reference code, so those get the fused form.
    boolean large = weight.lines() * weight.columns() > SMALL_WEIGHT && y.isDense();
    if (large && !rounds(x.lines())) {
      packedForward(x, parameters, residual, y);
    } else {
      fusedForward(x, parameters, residual, y);
    }
  }

  /** Packs the weight once for all rows; the bias is a pass of its own. */
  private void packedForward(Matrix x, Parameters parameters, long residual, Matrix y) {
    if (residual == NO_RESIDUAL) {
      gemm.times(1, x, parameters.weight(), 0, y);
      addBias(y.address(), parameters.bias(), y);
    } else {
      addBias(residual, parameters.bias(), y);
      gemm.times(1, x, parameters.weight(), 1, y);
    }
  }

  /** y = a + b, row by row. */
  private void addBias(long a, long bias, Matrix y) {
    Tiles.forEach(
        y.lines(),
        (tile, done) -> {
          long offset = done * y.columns() * Float.BYTES;
          primitives
              .get(new AddBias(tile, y.columns()))
              .bind(0, a + offset)
              .bind(1, bias)
              .bind(2, y.address() + offset)
              .execute();
        });
  }

  /** Multiplies tile by tile and adds bias and residual while a product is in registers. */
  private void fusedForward(Matrix x, Parameters parameters, long residual, Matrix y) {
    boolean rounds = rounds(x.lines());
    Matrix w = parameters.weight();
    boolean adds = residual != NO_RESIDUAL;
    Product whole =
        Product.of(
                y.lines(),
                y.columns(),
                x.columns(),
                layout(rounds, x),
                layout(rounds, w),
                Layout.of(y))
            .withBias(true)
            .withAddend(adds ? Product.Addend.SHARED : Product.Addend.NONE)
            .withBfloat16(rounds);
    long weight = rounds ? bfloat16.second(w) : w.address();
    Tiles.forEach(
        x.lines(),
        (tile, done) -> {
          Primitive primitive =
              primitives
                  .get(whole.withM(tile))
                  .bind(0, first(rounds, x.lines(done, tile)))
                  .bind(1, weight)
                  .bind(2, y.lines(done, tile).address())
                  .bind(3, parameters.bias());
          if (adds) {
            primitive.bind(4, residual + done * y.columns() * Float.BYTES);
          }
          primitive.execute();
        });
  }

  /** dx = dy · Wᵀ, overwriting. */
  void inputGradient(Matrix dy, Matrix weight, Matrix dx) {
    if (!rounds(dy.lines())) {
      gemm.timesTransposed(1, dy, weight, 0, dx);
      return;
    }
    Product whole =
        Product.of(
                dx.lines(),
                dx.columns(),
                dy.columns(),
                layout(true, dy),
                layout(true, weight).transposed(),
                Layout.of(dx))
            .withBfloat16(true);
    long rounded = bfloat16.second(weight);
    Tiles.forEach(
        dy.lines(),
        (tile, done) ->
            primitives
                .get(whole.withM(tile))
                .bind(0, bfloat16.first(dy.lines(done, tile)))
                .bind(1, rounded)
                .bind(2, dx.lines(done, tile).address())
                .execute());
  }

  /**
   * What some positions add to a layer's gradients.
   *
   * @param x inputs [n, in]
   * @param dy gradients of the outputs [n, out]
   */
  record Term(Matrix x, Matrix dy) {

    long lines() {
      return x.lines();
    }

    /** The same positions and the columns [from, from + count) of dy. */
    Term columns(long from, long count) {
      return new Term(x, dy.columns(from, count));
    }
  }

  /**
   * One thread's part of dW and db, overwriting: the columns that fall to it, over all terms.
   *
   * @param part number of the thread, of {@code parts}
   */
  void parameterGradients(List<Term> terms, Parameters gradients, int part, int parts) {
    Share share = Share.of(gradients.weight().columns(), part, parts, COLUMN_STEP);
    List<Term> own = terms.stream().map(term -> term.columns(share.from(), share.size())).toList();
    Parameters ownGradients = gradients.columns(share.from(), share.size());
    weightGradient(own, ownGradients.weight());
    biasGradient(own, ownGradients.bias());
  }

  /** dW = Σ xᵀ · dy over the terms, overwriting. */
  void weightGradient(List<Term> terms, Matrix dw) {
    if (rounds(terms.stream().mapToLong(Term::lines).sum())) {
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
    long padded = Tiles.roundedUp(terms.stream().mapToLong(Term::lines).sum());
    primitives
        .get(
            Product.of(
                    dw.lines(),
                    dw.columns(),
                    padded,
                    Layout.matrix(dw.lines()).transposed(),
                    Layout.matrix(dw.columns()),
                    Layout.of(dw))
                .withBfloat16(true))
        .bind(0, bfloat16.first(terms.stream().map(Term::x).toList(), padded))
        .bind(1, bfloat16.second(terms.stream().map(Term::dy).toList(), padded))
        .bind(2, dw.address())
        .execute();
  }

  /** db = the sums of the columns of all terms' dy, overwriting. */
  void biasGradient(List<Term> terms, long bias) {
    float beta = 0;
    for (Term term : terms) {
      Matrix dy = term.dy();
      gemm.times(1, ones(dy.lines()), dy, beta, Matrix.dense(bias, 1, dy.columns()));
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

  private boolean rounds(long lines) {
    return bfloat16 != null && Bfloat16Copies.areWorthIt(lines);
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
