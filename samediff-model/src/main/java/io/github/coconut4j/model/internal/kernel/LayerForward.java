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
    long output = x.qkv.at(from) + (long) first * shape.width() * Float.BYTES;
    project(pass, pass.lines(), x.norm1.at(from), first, 3 - first, output, x.qkv.width());
  }

  private void projectNeededQueries(LayerPass pass) {
    LayerActivations x = pass.activations();
    int from = pass.columns().neededFrom();
    for (int i = from; i < pass.columns().neededTo(); i++) {
      int line = pass.slice().neededLine(i);
      rows.copy(x.norm1.at(line), x.neededNorm1.at(i));
      rows.copy(x.input.at(line), x.neededInput.at(i));
    }
    long queries = x.neededQuery.at(from);
    project(pass, pass.queryLines(), x.neededNorm1.at(from), 0, 1, queries, shape.width());
  }

  /** The {@code count} projections from {@code first} on, of 0 queries, 1 keys and 2 values. */
  private void project(
      LayerPass pass, long lines, long norm, int first, int count, long output, long stride) {
    int width = shape.width();
    long offset = (long) first * width * Float.BYTES;
    kernels.affine(
        new Affine(
            lines,
            width,
            count * width,
            norm,
            pass.weights().qkvWeight() + offset,
            3L * width,
            pass.weights().qkvBias() + offset,
            0,
            output,
            stride));
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
            lines,
            width,
            width,
            x.attention.at(from),
            w.outWeight(),
            width,
            w.outBias(),
            residual.at(from),
            x.middle.at(from),
            width));
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
        new Affine(
            lines,
            width,
            inner,
            x.norm2.at(from),
            w.upWeight(),
            inner,
            w.upBias(),
            0,
            x.up.at(from),
            inner));
    kernels.gelu(lines, inner, x.up.at(from), x.activated.at(from));
    kernels.affine(
        new Affine(
            lines,
            inner,
            width,
            x.activated.at(from),
            w.downWeight(),
            width,
            w.downBias(),
            x.middle.at(from),
            output.at(from),
            width));
  }
}
