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
    int inner = shape.inner();
    queryKeyValue(layer, slices, out);
    weight(
        terms(layer, slices, (s, x, g) -> term(s.queries(layer), x.attention, g.middle())),
        Matrix.dense(out.outWeight(), d, d),
        out.outBias());
    weight(
        terms(layer, slices, (s, x, g) -> term(s.queries(layer), x.norm2, g.up())),
        Matrix.dense(out.upWeight(), d, inner),
        out.upBias());
    weight(
        terms(
            layer,
            slices,
            (s, x, g) -> term(s.queries(layer), x.activated, s.outputGradient(layer))),
        Matrix.dense(out.downWeight(), inner, d),
        out.downBias());
  }

  private void queryKeyValue(int layer, List<SliceState> slices, TransformerParameters.Layer out) {
    int d = shape.width();
    Matrix gradient = Matrix.dense(out.qkvWeight(), d, 3L * d);
    weight(
        terms(
            layer,
            slices,
            (s, x, g) ->
                s.isCompact(layer)
                    ? term(s.queries(layer), x.neededNorm1, g.neededQuery())
                    : term(s.cells(), x.norm1, g.qkv()).columns(0, d)),
        gradient.columns(0, d),
        out.qkvBias());
    weight(
        terms(layer, slices, (s, x, g) -> term(s.cells(), x.norm1, g.qkv()).columns(d, 2L * d)),
        gradient.columns(d, 2L * d),
        out.qkvBias() + (long) d * Float.BYTES);
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
    return new LinearTerm(x.lines(0, lines), dy.lines(0, lines));
  }

  private void weight(List<LinearTerm> terms, Matrix dw, long db) {
    Share share = Share.of(dw.columns(), part, parts, COLUMN_STEP);
    List<LinearTerm> own =
        terms.stream().map(term -> term.columns(share.from(), share.size())).toList();
    kernels.weightGradient(own, dw.columns(share.from(), share.size()));
    float beta = 0;
    for (LinearTerm term : own) {
      kernels.columnSums(term.dy(), beta, db + share.from() * Float.BYTES);
      beta = 1;
    }
  }
}
