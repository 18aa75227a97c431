package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Pass;

/**
 * Causal self-attention of one layer, block by block. Queries are read where the projection wrote
 * them, keys and values from their cache. Scores are recomputed in the backward pass instead of
 * kept.
 */
final class OneDnnAttention implements Attention {

  private final Primitives primitives;
  private final Scratch scratch;
  private final KeyValueCache cache;
  private final int width;
  private final int heads;
  private final int headSize;
  private final float scale;

  OneDnnAttention(
      Primitives primitives, Scratch scratch, KeyValueCache cache, int width, int heads) {
    this.primitives = primitives;
    this.scratch = scratch;
    this.cache = cache;
    this.width = width;
    this.heads = heads;
    headSize = width / heads;
    scale = (float) (1 / Math.sqrt(headSize));
  }

  /** What the attentions of all layers share on one thread. */
  static final class Scratch implements AutoCloseable {

    private final AttentionBlocks blocks;
    private final NativeFloats scores = new NativeFloats();
    private final NativeFloats scoreGradients = new NativeFloats();
    private final NativeFloats packedQueries = new NativeFloats();

    Scratch(int heads) {
      blocks = new AttentionBlocks(heads);
    }

    AttentionBlocks blocks() {
      return blocks;
    }

    @Override
    public void close() {
      blocks.close();
      scores.close();
      scoreGradients.close();
      packedQueries.close();
    }
  }

  @Override
  public void start(int sequences, int capacity, boolean training) {
    cache.start(sequences, capacity, training);
  }

  @Override
  public void store(Pass pass, Matrix keys, Matrix values) {
    cache.store(pass.from(), pass.to(), keys, values);
  }

  @Override
  public void forward(Pass pass, boolean queriedOnly, Matrix queries, Matrix output) {
    for (AttentionBlock block : scratch.blocks.of(pass, queriedOnly)) {
      Matrix p = probabilities(block, queries);
      product(block, block.queries(), headSize, block.keys())
          .between(scoreLayout(block), cache.plain(), queryLayout(block, output))
          .run(
              primitives,
              p.address(),
              cache.values(block.firstSequence()),
              output.row(block.firstQuery()));
    }
  }

  @Override
  public void startGradients() {
    cache.startGradients();
  }

  @Override
  public void backward(
      Pass pass, boolean queriedOnly, Matrix queries, Matrix outputGradient, Matrix queryGradient) {
    for (AttentionBlock block : scratch.blocks.of(pass, queriedOnly)) {
      Matrix p = probabilities(block, queries);
      Matrix ds = scoreGradients(block, p, outputGradient);
      int first = block.firstSequence();
      addOverQueries(block, p, outputGradient, 1, cache.valueGradients(first));
      addOverQueries(block, ds, queries, scale, cache.keyGradients(first));
      queryGradient(block, ds, queryGradient);
    }
  }

  /** softmax(Q · Kᵀ / √headSize + mask). */
  private Matrix probabilities(AttentionBlock block, Matrix queries) {
    Matrix p = scores(block, scratch.scores);
    Product.Addend mask =
        block.maskPerSequence() ? Product.Addend.PER_SEQUENCE : Product.Addend.SHARED;
    product(block, block.queries(), block.keys(), headSize)
        .between(queryLayout(block, queries), cache.transposed().transposed(), scoreLayout(block))
        .withScale(scale)
        .withAddend(mask)
        .run(
            primitives,
            queries.row(block.firstQuery()),
            cache.keysTransposed(block.firstSequence()),
            p.address(),
            scratch.blocks.mask(block));
    Softmax.forward(primitives, p);
    return p;
  }

  /** dS = softmax'(P, dO · Vᵀ). */
  private Matrix scoreGradients(AttentionBlock block, Matrix p, Matrix outputGradient) {
    Matrix dp = scores(block, scratch.scoreGradients);
    product(block, block.queries(), block.keys(), headSize)
        .between(
            queryLayout(block, outputGradient), cache.transposed().transposed(), scoreLayout(block))
        .run(
            primitives,
            outputGradient.row(block.firstQuery()),
            cache.valuesTransposed(block.firstSequence()),
            dp.address());
    Softmax.backward(primitives, p, dp);
    return dp;
  }

  /** sums += factor · weightsᵀ · rows, over the block's queries: dV from P, dK from dS. */
  private void addOverQueries(
      AttentionBlock block, Matrix weights, Matrix rows, float factor, long sums) {
    boolean packs = isScattered(block, rows);
    Layout rowLayout = packs ? Layout.heads(width, headSize, width) : queryLayout(block, rows);
    product(block, block.keys(), headSize, block.queries())
        .between(scoreLayout(block).transposed(), rowLayout, cache.plain())
        .withScale(factor)
        .withAccumulate(true)
        .run(
            primitives,
            weights.address(),
            packs ? packed(block, rows) : rows.row(block.firstQuery()),
            sums);
  }

  /** dQ = dS · K / √headSize. */
  private void queryGradient(AttentionBlock block, Matrix ds, Matrix queryGradient) {
    product(block, block.queries(), headSize, block.keys())
        .between(scoreLayout(block), cache.plain(), queryLayout(block, queryGradient))
        .withScale(scale)
        .run(
            primitives,
            ds.address(),
            cache.keys(block.firstSequence()),
            queryGradient.row(block.firstQuery()));
  }

  /**
   * Whether a block of single queries must be copied side by side: oneDNN 3.13 computes wrong
   * products over one element (k = 1) when the second factor's matrices are not contiguous.
   */
  private boolean isScattered(AttentionBlock block, Matrix rows) {
    return block.queries() == 1
        && block.sequences() > 1
        && block.sequenceStep() * rows.stride() != width;
  }

  private long packed(AttentionBlock block, Matrix rows) {
    long target = scratch.packedQueries.require((long) block.sequences() * width);
    for (int i = 0; i < block.sequences(); i++) {
      long source = rows.row(block.firstQuery() + i * block.sequenceStep());
      Floats.copy(source, target + (long) i * width * Float.BYTES, width);
    }
    return target;
  }

  private Product product(AttentionBlock block, int m, int n, int k) {
    return Product.heads(block.sequences(), heads, m, n, k);
  }

  private Layout queryLayout(AttentionBlock block, Matrix rows) {
    return Layout.heads(
        block.sequenceStep() * rows.stride(), headSize, block.queryStep() * rows.stride());
  }

  private Layout scoreLayout(AttentionBlock block) {
    long matrix = (long) block.queries() * block.keys();
    return Layout.heads(heads * matrix, matrix, block.keys());
  }

  private Matrix scores(AttentionBlock block, NativeFloats buffer) {
    long rows = (long) block.sequences() * heads * block.queries();
    return Matrix.dense(buffer.require(rows * block.keys()), rows, block.keys());
  }

  @Override
  public void keyValueGradients(Pass pass, Matrix keyGradient, Matrix valueGradient) {
    cache.gradients(pass.from(), pass.to(), keyGradient, valueGradient);
    if (pass.revisit()) {
      cache.clearGradients(pass.from(), pass.to());
    }
  }

  @Override
  public void retain(int[] sequences) {
    cache.retain(sequences);
  }

  @Override
  public void join(Attention others, int ownSteps, int capacity) {
    cache.join(((OneDnnAttention) others).cache, ownSteps, capacity);
  }

  @Override
  public void close() {
    cache.close();
  }
}
