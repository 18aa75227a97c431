package io.github.coconut4j.model.internal.kernel;

import java.util.List;

/**
 * The weights' gradients after all passes: one product over all cells a weight, dW = Xᵀ · dY, and
 * the biases' as column sums. Each worker computes its share of every weight's columns over the
 * cells of all slices.
 */
final class WeightGradients {

  /** Columns are shared out in multiples of an AVX-512 register. */
  private static final int COLUMN_STEP = 16;

  private final TransformerShape shape;
  private final Kernels kernels;
  private final int part;
  private final int parts;

  WeightGradients(TransformerShape shape, Kernels kernels, int part, int parts) {
    this.shape = shape;
    this.kernels = kernels;
    this.part = part;
    this.parts = parts;
  }

  /** This part of all layers' weights and biases, overwriting. */
  void compute(List<SliceState> slices, TransformerParameters gradients) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      compute(layer, slices, gradients.layer(layer));
    }
  }

  private void compute(int layer, List<SliceState> slices, TransformerParameters.Layer out) {
    int d = shape.width();
    queryKeyValue(layer, slices, out);
    weight(
        terms(layer, slices, (s, x, g) -> term(s.queries(layer), x.attention, g.middle())),
        d,
        d,
        out.outWeight(),
        d,
        out.outBias());
    weight(
        terms(layer, slices, (s, x, g) -> term(s.queries(layer), x.norm2, g.up())),
        d,
        shape.inner(),
        out.upWeight(),
        shape.inner(),
        out.upBias());
    weight(
        terms(
            layer,
            slices,
            (s, x, g) -> term(s.queries(layer), x.activated, s.outputGradient(layer))),
        shape.inner(),
        d,
        out.downWeight(),
        d,
        out.downBias());
  }

  private void queryKeyValue(int layer, List<SliceState> slices, TransformerParameters.Layer out) {
    int d = shape.width();
    long columns = (long) d * Float.BYTES;
    weight(
        terms(
            layer,
            slices,
            (s, x, g) ->
                s.isCompact(layer)
                    ? term(s.queries(layer), x.neededNorm1, g.neededQuery())
                    : term(s.cells(), x.norm1, g.qkv())),
        d,
        d,
        out.qkvWeight(),
        3L * d,
        out.qkvBias());
    weight(
        terms(layer, slices, (s, x, g) -> term(s.cells(), x.norm1, g.qkv()).fromColumn(d)),
        d,
        2 * d,
        out.qkvWeight() + columns,
        3L * d,
        out.qkvBias() + columns);
  }

  private interface TermOf {
    LinearTerm of(SliceState slice, LayerActivations x, LayerGradients g);
  }

  private static List<LinearTerm> terms(int layer, List<SliceState> slices, TermOf kind) {
    return slices.stream()
        .map(s -> kind.of(s, s.activations.get(layer), s.gradients.get(layer)))
        .toList();
  }

  private static LinearTerm term(long lines, LineBuffer x, LineBuffer dy) {
    return new LinearTerm(lines, x.at(0), x.width(), dy.at(0), dy.width());
  }

  private void weight(List<LinearTerm> terms, int in, int out, long dw, long ldw, long db) {
    Share share = Share.of(out, part, parts, COLUMN_STEP);
    long columns = share.size();
    long offset = share.from() * Float.BYTES;
    List<LinearTerm> own = terms.stream().map(term -> term.fromColumn(share.from())).toList();
    kernels.weightGradient(own, in, columns, dw + offset, ldw);
    float beta = 0;
    for (LinearTerm term : own) {
      kernels.columnSums(term.lines(), columns, term.dy(), term.lddy(), beta, db + offset);
      beta = 1;
    }
  }
}
