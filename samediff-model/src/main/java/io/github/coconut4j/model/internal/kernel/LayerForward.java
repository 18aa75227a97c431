package io.github.coconut4j.model.internal.kernel;

import java.util.List;

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

  /** From {@code x.input} to {@code output}, which has the layer's query lines. */
  void run(LayerPass pass, LineBuffer output) {
    LayerActivations x = pass.activations();
    norm1(pass);
    if (pass.compact()) {
      projectCells(pass, 1);
      projectNeededQueries(pass);
      attend(pass, pass.columns().neededBlocks(), x.neededQuery);
      afterAttention(pass, x.neededInput, output);
    } else {
      projectCells(pass, 0);
      attend(pass, pass.columns().blocks(), x.qkv);
      afterAttention(pass, x.input, output);
    }
  }

  private void norm1(LayerPass pass) {
    LayerActivations x = pass.activations();
    kernels.layerNorm(
        pass.lines(),
        shape.width(),
        shape.epsilon(),
        x.input.at(pass.from()),
        pass.weights().norm1Scale(),
        pass.weights().norm1Shift(),
        x.norm1.at(pass.from()),
        x.mean1.at(pass.from()),
        x.variance1.at(pass.from()));
  }

  /** The cells' projections from {@code first} on. */
  private void projectCells(LayerPass pass, int first) {
    LayerActivations x = pass.activations();
    long from = pass.from();
    long lines = pass.lines();
    long width = shape.width();
    Matrix output = x.qkv.lines(from, lines).columns(first * width, (3 - first) * width);
    project(pass, x.norm1.lines(from, lines), first, output);
  }

  private void projectNeededQueries(LayerPass pass) {
    LayerActivations x = pass.activations();
    int from = pass.columns().neededFrom();
    for (int i = from; i < pass.columns().neededTo(); i++) {
      int line = pass.slice().neededLine(i);
      rows.copy(x.norm1.at(line), x.neededNorm1.at(i));
      rows.copy(x.input.at(line), x.neededInput.at(i));
    }
    long lines = pass.queryLines();
    project(pass, x.neededNorm1.lines(from, lines), 0, x.neededQuery.lines(from, lines));
  }

  /** The projections from {@code first} on that fill the output, of 0 queries, 1 keys, 2 values. */
  private void project(LayerPass pass, Matrix norm, int first, Matrix output) {
    long width = shape.width();
    TransformerParameters.Layer w = pass.weights();
    kernels.affine(
        Affine.of(
            norm,
            Matrix.dense(w.qkvWeight(), width, 3 * width).columns(first * width, output.columns()),
            w.qkvBias() + first * width * Float.BYTES,
            output));
  }

  private void attend(LayerPass pass, List<AttentionBlock> blocks, LineBuffer queries) {
    LayerActivations x = pass.activations();
    pass.cache()
        .store(
            pass.columns().firstColumn(),
            pass.columns().endColumn(),
            x.qkv.from(shape.width()),
            x.qkv.from(2 * shape.width()));
    for (AttentionBlock block : blocks) {
      attention.forward(block, pass.cache(), queries.from(0), x.attention.from(0), pass.masks());
    }
  }

  private void afterAttention(LayerPass pass, LineBuffer residual, LineBuffer output) {
    LayerActivations x = pass.activations();
    TransformerParameters.Layer w = pass.weights();
    long from = pass.queryFrom();
    long lines = pass.queryLines();
    int width = shape.width();
    int inner = shape.inner();
    kernels.affine(
        new Affine(
            x.attention.lines(from, lines),
            Matrix.dense(w.outWeight(), width, width),
            w.outBias(),
            residual.at(from),
            x.middle.lines(from, lines)));
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
        Affine.of(
            x.norm2.lines(from, lines),
            Matrix.dense(w.upWeight(), width, inner),
            w.upBias(),
            x.up.lines(from, lines)));
    kernels.gelu(lines, inner, x.up.at(from), x.activated.at(from));
    kernels.affine(
        new Affine(
            x.activated.lines(from, lines),
            Matrix.dense(w.downWeight(), inner, width),
            w.downBias(),
            x.middle.at(from),
            output.lines(from, lines)));
  }
}
