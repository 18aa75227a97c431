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
    int in = layer.in();
    int out = layer.out();
    long weight = rounded(right.require(floats(in, out)), in, out, layer.w(), layer.ldw());
    Product product =
        Product.of(
                layer.lines(),
                out,
                in,
                Layout.matrix(in),
                Layout.matrix(out),
                Layout.matrix(layer.ldy()))
            .withBfloat16(true);
    layer.run(
        primitives,
        product,
        weight,
        (tile, done) -> roundedTile(tile, in, layer.x() + done * in * Float.BYTES, in));
  }

  /** {@link Kernels#throughWeight}. */
  void throughWeight(long lines, int in, int out, long dy, long lddy, long w, long ldw, long dx) {
    long weight = rounded(right.require(floats(in, out)), in, out, w, ldw);
    Product whole =
        Product.of(
                lines,
                in,
                out,
                Layout.matrix(out),
                Layout.matrix(out).transposed(),
                Layout.matrix(in))
            .withBfloat16(true);
    Tiles.forEach(
        lines,
        (tile, done) ->
            primitives
                .get(whole.withM(tile))
                .bind(0, roundedTile(tile, out, dy + done * lddy * Float.BYTES, lddy))
                .bind(1, weight)
                .bind(2, dx + done * in * Float.BYTES)
                .execute());
  }

  private long roundedTile(long tile, long columns, long source, long stride) {
    return rounded(left.require(floats(tile, columns)), tile, columns, source, stride);
  }

  /**
   * {@link Kernels#weightGradient}: the terms' lines one after another, filled up with zeros to one
   * of a few numbers of lines, are one product.
   */
  void weightGradient(List<LinearTerm> terms, int in, long columns, long dw, long ldw) {
    long count = terms.stream().mapToLong(LinearTerm::lines).sum();
    long padded = Tiles.roundedUp(count);
    long x = left.require(floats(padded, in));
    long dy = right.require(floats(padded, columns));
    long line = 0;
    for (LinearTerm term : terms) {
      roundLines(term.lines(), in, term.x(), term.ldx(), x + line * in * BYTES);
      roundLines(term.lines(), columns, term.dy(), term.lddy(), dy + line * columns * BYTES);
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
                    Layout.matrix(ldw))
                .withBfloat16(true))
        .bind(0, x)
        .bind(1, dy)
        .bind(2, dw)
        .execute();
  }

  private void roundLines(long lines, long columns, long source, long stride, long target) {
    Tiles.forEach(
        lines,
        (tile, done) ->
            rounded(
                target + done * columns * BYTES,
                tile,
                columns,
                source + done * stride * Float.BYTES,
                stride));
  }

  private long rounded(long target, long lines, long columns, long source, long stride) {
    primitives.get(new Rounding(lines, columns, stride)).bind(0, source).bind(1, target).execute();
    return target;
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
