package io.github.coconut4j.model.internal.kernel;

/**
 * One transformer layer on one pass, backward: from the gradient of its output to the gradient of
 * its input, keeping what the weight gradients need. In the names of {@link LayerForward}:
 *
 * <pre>
 * dU = (dY · Wdownᵀ) ⊙ gelu'(U)      dM = dY + norm'(dU · Wupᵀ)
 * dQ dK dV = attention'(dM · Woᵀ)     dX = dM + norm'(dQ dK dV · Wqkvᵀ)
 * </pre>
 *
 * Later passes have already added to this pass's dK and dV; its queries add to earlier columns'.
 */
final class LayerBackward implements AutoCloseable {

  private final TransformerShape shape;
  private final Kernels kernels;
  private final CausalAttention attention;
  private final Rows rows;
  private final LineBuffer normGradient;
  private final LineBuffer attentionGradient;
  private final LineBuffer neededNormGradient;

  LayerBackward(TransformerShape shape, Kernels kernels, CausalAttention attention) {
    this.shape = shape;
    this.kernels = kernels;
    this.attention = attention;
    rows = new Rows(shape.width());
    normGradient = new LineBuffer(shape.width());
    attentionGradient = new LineBuffer(shape.width());
    neededNormGradient = new LineBuffer(shape.width());
  }

  /** Sums of the two norms' parameter gradients of one layer. */
  record NormGradients(NormGradient norm1, NormGradient norm2) {}

  /** All cells of the pass: from the gradient {@code dOutput} to {@code g.input}. */
  void full(
      SlicePlan.Pass pass,
      TransformerParameters.Layer w,
      LayerActivations x,
      KeyValues cache,
      long masks,
      LineBuffer dOutput,
      LayerGradients g,
      NormGradients norms) {
    int width = shape.width();
    long from = pass.from();
    long lines = pass.lines();
    toAttention(from, lines, w, x, dOutput, g, norms.norm2());
    for (AttentionBlock block : pass.blocks()) {
      attention.backward(
          block, cache, x.qkv.from(0), masks, attentionGradient.from(0), g.qkv.from(0));
    }
    finishedKeyGradients(pass, cache, g);
    normGradient.reserve(lines);
    kernels
        .gemm()
        .timesTransposed(
            lines,
            width,
            3L * width,
            g.qkv.at(from),
            3L * width,
            w.qkvWeight(),
            3L * width,
            0,
            normGradient.at(0),
            width);
    norm1(pass, w, x, g, norms.norm1());
    kernels.addInto(lines, width, g.input.at(from), g.middle.at(from));
  }

  /** The needed cells of the pass, and the keys and values of all its cells. */
  void compact(
      SlicePlan slice,
      SlicePlan.Pass pass,
      TransformerParameters.Layer w,
      LayerActivations x,
      KeyValues cache,
      long masks,
      LineBuffer dOutput,
      LayerGradients g,
      NormGradients norms) {
    int from = pass.neededFrom();
    toAttention(from, pass.needed(), w, x, dOutput, g, norms.norm2());
    for (AttentionBlock block : pass.neededBlocks()) {
      attention.backward(
          block,
          cache,
          x.neededQuery.from(0),
          masks,
          attentionGradient.from(0),
          g.neededQuery.from(0));
    }
    finishedKeyGradients(pass, cache, g);
    compactNormGradient(slice, pass, w, g);
    norm1(pass, w, x, g, norms.norm1());
    for (int i = from; i < pass.neededTo(); i++) {
      long target = g.input.at(slice.neededLine(i));
      rows.add(target, g.middle.at(i), target);
    }
  }

  /** All later passes have been through this layer: the pass's dK and dV are complete. */
  private void finishedKeyGradients(SlicePlan.Pass pass, KeyValues cache, LayerGradients g) {
    cache.gradients(
        pass.firstColumn(),
        pass.endColumn(),
        g.qkv.from(shape.width()),
        g.qkv.from(2 * shape.width()));
  }

  private void compactNormGradient(
      SlicePlan slice, SlicePlan.Pass pass, TransformerParameters.Layer w, LayerGradients g) {
    int width = shape.width();
    long queryFloats = (long) width * Float.BYTES;
    normGradient.reserve(pass.lines());
    kernels
        .gemm()
        .timesTransposed(
            pass.lines(),
            width,
            2L * width,
            g.qkv.at(pass.from()) + queryFloats,
            3L * width,
            w.qkvWeight() + queryFloats,
            3L * width,
            0,
            normGradient.at(0),
            width);
    neededNormGradient.reserve(pass.needed());
    kernels
        .gemm()
        .timesTransposed(
            pass.needed(),
            width,
            width,
            g.neededQuery.at(pass.neededFrom()),
            width,
            w.qkvWeight(),
            3L * width,
            0,
            neededNormGradient.at(0),
            width);
    for (int i = 0; i < pass.needed(); i++) {
      long target = normGradient.at(slice.neededLine(pass.neededFrom() + i) - pass.from());
      rows.add(target, neededNormGradient.at(i), target);
    }
  }

  private void toAttention(
      long from,
      long lines,
      TransformerParameters.Layer w,
      LayerActivations x,
      LineBuffer dOutput,
      LayerGradients g,
      NormGradient norm2) {
    int width = shape.width();
    int inner = shape.inner();
    kernels
        .gemm()
        .timesTransposed(
            lines,
            inner,
            width,
            dOutput.at(from),
            width,
            w.downWeight(),
            width,
            0,
            g.up.at(from),
            inner);
    kernels.geluBackward(lines, inner, x.up.at(from), g.up.at(from));
    normGradient.reserve(lines);
    kernels
        .gemm()
        .timesTransposed(
            lines,
            width,
            inner,
            g.up.at(from),
            inner,
            w.upWeight(),
            inner,
            0,
            normGradient.at(0),
            width);
    norm2.backward(
        kernels,
        lines,
        x.middle.at(from),
        normGradient.at(0),
        x.mean2.at(from),
        x.variance2.at(from),
        w.norm2Scale(),
        g.middle.at(from));
    kernels.addInto(lines, width, g.middle.at(from), dOutput.at(from));
    attentionGradient.reserve(lines);
    attentionGradient.startAt(from);
    kernels
        .gemm()
        .timesTransposed(
            lines,
            width,
            width,
            g.middle.at(from),
            width,
            w.outWeight(),
            width,
            0,
            attentionGradient.at(from),
            width);
  }

  private void norm1(
      SlicePlan.Pass pass,
      TransformerParameters.Layer w,
      LayerActivations x,
      LayerGradients g,
      NormGradient norm1) {
    norm1.backward(
        kernels,
        pass.lines(),
        x.input.at(pass.from()),
        normGradient.at(0),
        x.mean1.at(pass.from()),
        x.variance1.at(pass.from()),
        w.norm1Scale(),
        g.input.at(pass.from()));
  }

  @Override
  public void close() {
    normGradient.close();
    attentionGradient.close();
    neededNormGradient.close();
  }
}
