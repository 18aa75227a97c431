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

  /** What one slice adds to a weight: X [lines, in] and dY [lines, out] with their strides. */
  private record Term(long lines, LineBuffer x, LineBuffer dy, int dyColumn) {}

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
        terms(layer, slices, (s, x, g) -> new Term(s.queries(layer), x.attention, g.middle(), 0)),
        d,
        d,
        out.outWeight(),
        d,
        out.outBias());
    weight(
        terms(layer, slices, (s, x, g) -> new Term(s.queries(layer), x.norm2, g.up(), 0)),
        d,
        shape.inner(),
        out.upWeight(),
        shape.inner(),
        out.upBias());
    weight(
        terms(
            layer,
            slices,
            (s, x, g) -> new Term(s.queries(layer), x.activated, outputGradient(s, layer), 0)),
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
                    ? new Term(s.queries(layer), x.neededNorm1, g.neededQuery(), 0)
                    : new Term(s.cells(), x.norm1, g.qkv(), 0)),
        d,
        d,
        out.qkvWeight(),
        3L * d,
        out.qkvBias());
    weight(
        terms(layer, slices, (s, x, g) -> new Term(s.cells(), x.norm1, g.qkv(), d)),
        d,
        2 * d,
        out.qkvWeight() + columns,
        3L * d,
        out.qkvBias() + columns);
  }

  private interface TermOf {
    Term of(SliceState slice, LayerActivations x, LayerGradients g);
  }

  private static List<Term> terms(int layer, List<SliceState> slices, TermOf kind) {
    return slices.stream()
        .map(s -> kind.of(s, s.activations.get(layer), s.gradients.get(layer)))
        .toList();
  }

  private static LineBuffer outputGradient(SliceState slice, int layer) {
    return layer == slice.shape.layers() - 1
        ? slice.outputGradient
        : slice.gradients.get(layer + 1).input();
  }

  private void weight(List<Term> terms, int in, int out, long dw, long ldw, long db) {
    Share share = Share.of(out, part, parts, COLUMN_STEP);
    long columns = share.size();
    long offset = share.from() * Float.BYTES;
    float beta = 0;
    for (Term term : terms) {
      long dy = term.dy().at(0) + (term.dyColumn() + share.from()) * Float.BYTES;
      kernels
          .gemm()
          .transposedTimes(
              in,
              columns,
              term.lines(),
              term.x().at(0),
              in,
              dy,
              term.dy().width(),
              beta,
              dw + offset,
              ldw);
      kernels.columnSums(term.lines(), columns, dy, term.dy().width(), beta, db + offset);
      beta = 1;
    }
  }
}
