package io.github.coconut4j.model.internal.kernel;

import java.util.function.LongBinaryOperator;

/**
 * A linear layer's way forward: y = x · w + bias (+ residual), all by their addresses.
 *
 * @param x [lines, in]
 * @param w [in, out] with {@code ldw} floats a line
 * @param bias [out]
 * @param residual [lines, out], or 0 for none
 * @param y [lines, out] with {@code ldy} floats a line
 */
record Affine(
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

  /**
   * Multiplies tile by tile and adds bias and residual while a product is in registers.
   *
   * @param product of all lines
   * @param weight what is bound as its second factor
   * @param input the first factor's address by a tile's size and the lines before it
   */
  void run(Primitives primitives, Product product, long weight, LongBinaryOperator input) {
    Product whole =
        product
            .withBias(true)
            .withAddend(residual == 0 ? Product.Addend.NONE : Product.Addend.SHARED);
    Tiles.forEach(
        lines,
        (tile, done) -> {
          Primitive primitive =
              primitives
                  .get(whole.withM(tile))
                  .bind(0, input.applyAsLong(tile, done))
                  .bind(1, weight)
                  .bind(2, y + done * ldy * Float.BYTES)
                  .bind(3, bias);
          if (residual != 0) {
            primitive.bind(4, residual + done * out * Float.BYTES);
          }
          primitive.execute();
        });
  }
}
