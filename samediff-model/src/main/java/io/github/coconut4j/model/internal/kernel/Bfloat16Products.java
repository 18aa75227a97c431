package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * The products of linear layers on copies of their factors in bfloat16, summed up and stored in
 * float32. The copies live as long as a product; weights and activations stay float32.
 */
final class Bfloat16Products implements AutoCloseable {

  /** Fewer lines are read about as fast as a weight is rounded for them. */
  private static final long WORTH_ROUNDING = 32;

  private static final long BYTES = 2;

  private final Primitives primitives;

  // Two bfloat16 values in the place of each float.
  private final NativeFloats left = new NativeFloats();
  private final NativeFloats right = new NativeFloats();

  Bfloat16Products(Primitives primitives) {
    this.primitives = primitives;
  }

  static boolean areWorthIt(long lines) {
    return lines >= WORTH_ROUNDING;
  }

  /** {@link Kernels#affine}. */
  void affine(Affine layer) {
    long in = layer.w().lines();
    long out = layer.w().columns();
    long weight = rounded(layer.w(), right);
    Product product =
        Product.of(
                layer.y().lines(),
                out,
                in,
                Layout.matrix(in),
                Layout.matrix(out),
                Layout.of(layer.y()))
            .withBfloat16(true);
    layer.run(primitives, product, weight, tile -> rounded(tile, left));
  }

  /** {@link Kernels#throughWeight}. */
  void throughWeight(Matrix dy, Matrix w, Matrix dx) {
    long weight = rounded(w, right);
    Product whole =
        Product.of(
                dx.lines(),
                dx.columns(),
                dy.columns(),
                Layout.matrix(dy.columns()),
                Layout.matrix(w.columns()).transposed(),
                Layout.of(dx))
            .withBfloat16(true);
    Tiles.forEach(
        dy.lines(),
        (tile, done) ->
            primitives
                .get(whole.withM(tile))
                .bind(0, rounded(dy.lines(done, tile), left))
                .bind(1, weight)
                .bind(2, dx.lines(done, tile).address())
                .execute());
  }

  /**
   * {@link Kernels#weightGradient}: the terms' lines one after another, filled up with zeros to one
   * of a few numbers of lines, are one product.
   */
  void weightGradient(List<LinearTerm> terms, Matrix dw) {
    long in = dw.lines();
    long columns = dw.columns();
    long count = terms.stream().mapToLong(LinearTerm::lines).sum();
    long padded = Tiles.roundedUp(count);
    long x = left.require(floats(padded, in));
    long dy = right.require(floats(padded, columns));
    long line = 0;
    for (LinearTerm term : terms) {
      roundLines(term.x(), x + line * in * BYTES);
      roundLines(term.dy(), dy + line * columns * BYTES);
      line += term.lines();
    }
    Floats.clearBytes(x + line * in * BYTES, (padded - line) * in * BYTES);
    Floats.clearBytes(dy + line * columns * BYTES, (padded - line) * columns * BYTES);
    primitives
        .get(
            Product.of(
                    in,
                    columns,
                    padded,
                    Layout.matrix(in).transposed(),
                    Layout.matrix(columns),
                    Layout.of(dw))
                .withBfloat16(true))
        .bind(0, x)
        .bind(1, dy)
        .bind(2, dw.address())
        .execute();
  }

  private void roundLines(Matrix source, long target) {
    Tiles.forEach(
        source.lines(),
        (tile, done) -> round(source.lines(done, tile), target + done * source.columns() * BYTES));
  }

  /** Rounds a matrix into a buffer, without gaps between its lines. */
  private long rounded(Matrix source, NativeFloats buffer) {
    long target = buffer.require(floats(source.lines(), source.columns()));
    round(source, target);
    return target;
  }

  private void round(Matrix source, long target) {
    primitives
        .get(new Rounding(source.lines(), source.columns(), source.stride()))
        .bind(0, source.address())
        .bind(1, target)
        .execute();
  }

  /** Floats in whose place so many bfloat16 values fit. */
  private static long floats(long lines, long columns) {
    return (lines * columns + 1) / 2;
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
