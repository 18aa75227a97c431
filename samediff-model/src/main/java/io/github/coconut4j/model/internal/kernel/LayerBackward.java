package io.github.coconut4j.model.internal.kernel;

import java.util.List;

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
  private final LineBuffer activatedGradient;
  private final LineBuffer normGradient;
  private final LineBuffer attentionGradient;
  private final LineBuffer neededNormGradient;

  LayerBackward(TransformerShape shape, Kernels kernels, CausalAttention attention) {
    this.shape = shape;
    this.kernels = kernels;
    this.attention = attention;
    rows = new Rows(shape.width());
    activatedGradient = new LineBuffer(shape.inner());
    normGradient = new LineBuffer(shape.width());
    attentionGradient = new LineBuffer(shape.width());
    neededNormGradient = new LineBuffer(shape.width());
  }

  /** Sums of the two norms' parameter gradients of one layer. */
  record NormGradients(NormGradient norm1, NormGradient norm2) {}

  /** From {@code dOutput}, which has the layer's query lines, to {@code g.input()}. */
  void run(LayerPass pass, LineBuffer dOutput, LayerGradients g, NormGradients norms) {
    LayerActivations x = pass.activations();
    feedForward(pass, dOutput, g, norms.norm2());
    attentionOutput(pass, g);
    if (pass.compact()) {
      attend(pass, pass.columns().neededBlocks(), x.neededQuery, g.neededQuery(), g);
      unprojectCells(pass, g, 1);
      addNeededQueries(pass, g);
      norm1(pass, norms.norm1());
      addNeededResiduals(pass, g);
    } else {
      attend(pass, pass.columns().blocks(), x.qkv, g.qkv(), g);
      unprojectCells(pass, g, 0);
      norm1(pass, norms.norm1());
      addResiduals(pass, g);
    }
  }

  /** dU and dM. */
  private void feedForward(
      LayerPass pass, LineBuffer dOutput, LayerGradients g, NormGradient norm2) {
    LayerActivations x = pass.activations();
    TransformerParameters.Layer w = pass.weights();
    long from = pass.queryFrom();
    long lines = pass.queryLines();
    int width = shape.width();
    int inner = shape.inner();
    activatedGradient.reserve(lines);
    kernels.throughWeight(
        dOutput.lines(from, lines),
        Matrix.dense(w.downWeight(), inner, width),
        activatedGradient.lines(0, lines));
    kernels.geluBackward(lines, inner, x.up.at(from), activatedGradient.at(0), g.up().at(from));
    normGradient.reserve(lines);
    kernels.throughWeight(
        g.up().lines(from, lines),
        Matrix.dense(w.upWeight(), width, inner),
        normGradient.lines(0, lines));
    norm2.backward(
        kernels,
        lines,
        x.middle.at(from),
        normGradient.at(0),
        x.mean2.at(from),
        x.variance2.at(from),
        w.norm2Scale(),
        normGradient.at(0));
    kernels.add(lines, width, normGradient.at(0), dOutput.at(from), g.middle().at(from));
  }

  private void attentionOutput(LayerPass pass, LayerGradients g) {
    int width = shape.width();
    long from = pass.queryFrom();
    long lines = pass.queryLines();
    attentionGradient.reserve(lines);
    attentionGradient.startAt(from);
    kernels.throughWeight(
        g.middle().lines(from, lines),
        Matrix.dense(pass.weights().outWeight(), width, width),
        attentionGradient.lines(from, lines));
  }

  /**
   * dQ of the pass's queries; and, as all later passes have been through this layer, the complete
   * dK and dV of its cells.
   */
  private void attend(
      LayerPass pass, List<AttentionBlock> blocks, LineBuffer q, LineBuffer dq, LayerGradients g) {
    for (AttentionBlock block : blocks) {
      attention.backward(
          block, pass.cache(), q.from(0), pass.masks(), attentionGradient.from(0), dq.from(0));
    }
    pass.cache()
        .gradients(
            pass.columns().firstColumn(),
            pass.columns().endColumn(),
            g.qkv().from(shape.width()),
            g.qkv().from(2 * shape.width()));
  }

  /** Through the cells' projections from {@code first} on. */
  private void unprojectCells(LayerPass pass, LayerGradients g, int first) {
    int width = shape.width();
    Matrix gradient = g.qkv().lines(pass.from(), pass.lines());
    normGradient.reserve(pass.lines());
    unproject(
        pass, gradient.columns((long) first * width, (3L - first) * width), first, normGradient);
  }

  private void addNeededQueries(LayerPass pass, LayerGradients g) {
    int from = pass.columns().neededFrom();
    neededNormGradient.reserve(pass.queryLines());
    unproject(pass, g.neededQuery().lines(from, pass.queryLines()), 0, neededNormGradient);
    for (int i = 0; i < pass.queryLines(); i++) {
      long target = normGradient.at(pass.slice().neededLine(from + i) - pass.from());
      rows.add(target, neededNormGradient.at(i), target);
    }
  }

  /**
   * The gradient of the first norm's output from that of the projections from {@code first} on, of
   * 0 queries, 1 keys and 2 values.
   */
  private void unproject(LayerPass pass, Matrix gradient, int first, LineBuffer output) {
    int width = shape.width();
    Matrix weight = Matrix.dense(pass.weights().qkvWeight(), width, 3L * width);
    kernels.throughWeight(
        gradient,
        weight.columns((long) first * width, gradient.columns()),
        output.lines(0, gradient.lines()));
  }

  private void norm1(LayerPass pass, NormGradient norm1) {
    LayerActivations x = pass.activations();
    norm1.backward(
        kernels,
        pass.lines(),
        x.input.at(pass.from()),
        normGradient.at(0),
        x.mean1.at(pass.from()),
        x.variance1.at(pass.from()),
        pass.weights().norm1Scale(),
        normGradient.at(0));
  }

  private void addResiduals(LayerPass pass, LayerGradients g) {
    long from = pass.from();
    kernels.add(
        pass.lines(), shape.width(), normGradient.at(0), g.middle().at(from), g.input().at(from));
  }

  private void addNeededResiduals(LayerPass pass, LayerGradients g) {
    Floats.copy(normGradient.at(0), g.input().at(pass.from()), pass.lines() * g.input().width());
    for (int i = pass.columns().neededFrom(); i < pass.columns().neededTo(); i++) {
      long target = g.input().at(pass.slice().neededLine(i));
      rows.add(target, g.middle().at(i), target);
    }
  }

  @Override
  public void close() {
    activatedGradient.close();
    normGradient.close();
    attentionGradient.close();
    neededNormGradient.close();
  }
}
