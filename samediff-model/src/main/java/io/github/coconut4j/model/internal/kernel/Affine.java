package io.github.coconut4j.model.internal.kernel;

import java.util.function.ToLongFunction;

/**
 * A linear layer's way forward: y = x · w + bias (+ residual).
 *
 * @param x [lines, in]
 * @param w [in, out]
 * @param bias address of [out]
 * @param residual address of [lines, out], or 0 for none
 * @param y [lines, out]
 */
record Affine(Matrix x, Matrix w, long bias, long residual, Matrix y) {

  private static final long NONE = 0;

  static Affine of(Matrix x, Matrix w, long bias, Matrix y) {
    return new Affine(x, w, bias, NONE, y);
  }

  boolean hasResidual() {
    return residual != NONE;
  }

  /** The address of what is added to y's line. */
  long residual(long line) {
    return residual + line * y.columns() * Float.BYTES;
  }

  /**
   * Multiplies tile by tile and adds bias and residual while a product is in registers.
   *
   * @param product of all lines
   * @param weight what is bound as its second factor
   * @param input what is bound as its first factor, by the lines of x
   */
  void run(Primitives primitives, Product product, long weight, ToLongFunction<Matrix> input) {
    Product whole =
        product
            .withBias(true)
            .withAddend(hasResidual() ? Product.Addend.SHARED : Product.Addend.NONE);
    Tiles.forEach(
        x.lines(),
        (tile, done) -> {
          Primitive primitive =
              primitives
                  .get(whole.withM(tile))
                  .bind(0, input.applyAsLong(x.lines(done, tile)))
                  .bind(1, weight)
                  .bind(2, y.lines(done, tile).address())
                  .bind(3, bias);
          if (hasResidual()) {
            primitive.bind(4, residual(done));
          }
          primitive.execute();
        });
  }
}
