package io.github.coconut4j.model.internal.kernel;

/**
 * One transformer layer on one pass, forward, with d = width:
 *
 * <pre>
 * N1 = norm(X)            Q K V = N1 · Wqkv + bqkv      A = attention(Q, K, V)
 * M  = X + A · Wo + bo    N2 = norm(M)                  U = N2 · Wup + bup
 * Y  = M + gelu(U) · Wdown + bdown
 * </pre>
 *
 * In the compact form, for the last layer, Q and all that follows exist at the needed cells only.
 */
final class LayerForward {

  private final TransformerShape shape;
  private final Kernels kernels;
  private final CausalAttention attention;
  private final Rows rows;

  LayerForward(TransformerShape shape, Kernels kernels, CausalAttention attention) {
    this.shape = shape;
    this.kernels = kernels;
    this.attention = attention;
    rows = new Rows(shape.width());
  }

  /** All cells of the pass: from {@code x.input} to {@code output}. */
  void full(
      SlicePlan.Pass pass,
      TransformerParameters.Layer w,
      LayerActivations x,
      KeyValues cache,
      long masks,
      LineBuffer output) {
    int width = shape.width();
    norm1(pass, w, x);
    kernels.affine(
        pass.lines(),
        width,
        3 * width,
        x.norm1.at(pass.from()),
        w.qkvWeight(),
        3L * width,
        w.qkvBias(),
        0,
        x.qkv.at(pass.from()),
        3L * width);
    store(pass, x, cache);
    for (AttentionBlock block : pass.blocks()) {
      attention.forward(block, cache, x.qkv.from(0), x.attention.from(0), masks);
    }
    afterAttention(pass.from(), pass.lines(), w, x, x.input, output);
  }

  /** Keys and values of all cells of the pass, the rest at its needed cells. */
  void compact(
      SlicePlan slice,
      SlicePlan.Pass pass,
      TransformerParameters.Layer w,
      LayerActivations x,
      KeyValues cache,
      long masks,
      LineBuffer output) {
    int width = shape.width();
    long queryFloats = (long) width * Float.BYTES;
    norm1(pass, w, x);
    kernels.affine(
        pass.lines(),
        width,
        2 * width,
        x.norm1.at(pass.from()),
        w.qkvWeight() + queryFloats,
        3L * width,
        w.qkvBias() + queryFloats,
        0,
        x.qkv.at(pass.from()) + queryFloats,
        3L * width);
    store(pass, x, cache);
    for (int i = pass.neededFrom(); i < pass.neededTo(); i++) {
      rows.copy(x.norm1.at(slice.neededLine(i)), x.neededNorm1.at(i));
      rows.copy(x.input.at(slice.neededLine(i)), x.neededInput.at(i));
    }
    kernels.affine(
        pass.needed(),
        width,
        width,
        x.neededNorm1.at(pass.neededFrom()),
        w.qkvWeight(),
        3L * width,
        w.qkvBias(),
        0,
        x.neededQuery.at(pass.neededFrom()),
        width);
    for (AttentionBlock block : pass.neededBlocks()) {
      attention.forward(block, cache, x.neededQuery.from(0), x.attention.from(0), masks);
    }
    afterAttention(pass.neededFrom(), pass.needed(), w, x, x.neededInput, output);
  }

  private void store(SlicePlan.Pass pass, LayerActivations x, KeyValues cache) {
    cache.store(
        pass.firstColumn(),
        pass.endColumn(),
        x.qkv.from(shape.width()),
        x.qkv.from(2 * shape.width()));
  }

  private void norm1(SlicePlan.Pass pass, TransformerParameters.Layer w, LayerActivations x) {
    kernels.layerNorm(
        pass.lines(),
        shape.width(),
        shape.epsilon(),
        x.input.at(pass.from()),
        w.norm1Scale(),
        w.norm1Shift(),
        x.norm1.at(pass.from()),
        x.mean1.at(pass.from()),
        x.variance1.at(pass.from()));
  }

  private void afterAttention(
      long from,
      long lines,
      TransformerParameters.Layer w,
      LayerActivations x,
      LineBuffer residual,
      LineBuffer output) {
    int width = shape.width();
    int inner = shape.inner();
    kernels.affine(
        lines,
        width,
        width,
        x.attention.at(from),
        w.outWeight(),
        width,
        w.outBias(),
        residual.at(from),
        x.middle.at(from),
        width);
    kernels.layerNorm(
        lines,
        width,
        shape.epsilon(),
        x.middle.at(from),
        w.norm2Scale(),
        w.norm2Shift(),
        x.norm2.at(from),
        x.mean2.at(from),
        x.variance2.at(from));
    kernels.affine(
        lines,
        width,
        inner,
        x.norm2.at(from),
        w.upWeight(),
        inner,
        w.upBias(),
        0,
        x.up.at(from),
        inner);
    kernels.gelu(lines, inner, x.up.at(from), x.activated.at(from));
    kernels.affine(
        lines,
        inner,
        width,
        x.activated.at(from),
        w.downWeight(),
        width,
        w.downBias(),
        x.middle.at(from),
        output.at(from),
        width);
  }
}
