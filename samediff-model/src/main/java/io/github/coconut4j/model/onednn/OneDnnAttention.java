package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.loop.Attention;
import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import io.github.coconut4j.model.loop.Pass;

/**
 * Causal self-attention of one layer, block by block. Queries are read from the projection's
 * output, keys and values from their cache. Scores are recomputed in the backward pass instead of
 * stored.
 *
 * <p>If several query heads share a head of keys and values, one product runs for each member of
 * these groups: the first heads of all groups, the second heads, and so on. With one query per
 * sequence, the members of a group are the rows of one product.
 */
final class OneDnnAttention implements Attention {

  private final Primitives primitives;
  private final Scratch scratch;
  private final KeyValueCache cache;
  private final AttentionShape shape;
  private final int headSize;
  private final int group;

  OneDnnAttention(
      Primitives primitives, Scratch scratch, KeyValueCache cache, AttentionShape shape) {
    this.primitives = primitives;
    this.scratch = scratch;
    this.cache = cache;
    this.shape = shape;
    headSize = shape.headSize();
    group = shape.group();
  }

  /** Buffers that the attentions of all layers share on one thread. */
  static final class Scratch implements AutoCloseable {

    private final AttentionBlocks blocks;
    private final OneDnnDropout dropout;
    private final NativeFloats scores = new NativeFloats();
    private final NativeFloats dropped = new NativeFloats();
    private final NativeFloats scoreGradients = new NativeFloats();
    private final NativeFloats packedQueries = new NativeFloats();

    Scratch(int heads, int group, OneDnnDropout dropout) {
      blocks = new AttentionBlocks(heads, group);
      this.dropout = dropout;
    }

    AttentionBlocks blocks() {
      return blocks;
    }

    @Override
    public void close() {
      blocks.close();
      scores.close();
      dropped.close();
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
  public void forward(
      Pass pass, boolean queriedOnly, Matrix queries, MaskedRows dropout, Matrix output) {
    if (dropout != null) {
      scratch.dropout.beginScores(dropout);
    }
    for (AttentionBlock block : scratch.blocks.of(pass, queriedOnly)) {
      Matrix p = probabilities(block, queries);
      if (dropout != null) {
        mask(block, dropout, decisions(block, dropout), p, p);
      }
      Product product =
          product(block, rows(block), headSize, block.keys())
              .between(scoreLayout(block), cache.plain(), queryLayout(block, output));
      for (int member = 0; member < members(block); member++) {
        product.run(
            primitives,
            score(block, p, member),
            cache.values(block.firstSequence()),
            query(block, output, member));
      }
    }
  }

  @Override
  public void startGradients() {
    cache.startGradients();
  }

  @Override
  public void backward(
      Pass pass,
      boolean queriedOnly,
      Matrix queries,
      MaskedRows dropout,
      Matrix outputGradient,
      Matrix queryGradient) {
    if (dropout != null) {
      scratch.dropout.beginScores(dropout);
    }
    for (AttentionBlock block : scratch.blocks.of(pass, queriedOnly)) {
      Matrix p = probabilities(block, queries);
      long decisions = dropout == null ? 0 : decisions(block, dropout);
      Matrix ds = scoreGradients(block, p, dropout, decisions, outputGradient);
      int first = block.firstSequence();
      Matrix read = dropout == null ? p : dropped(block, dropout, decisions, p);
      addOverQueries(block, read, outputGradient, 1, cache.valueGradients(first));
      addOverQueries(block, ds, queries, shape.scale(), cache.keyGradients(first));
      queryGradient(block, ds, queryGradient);
    }
  }

  /** The address of dropout's decisions for a block's probabilities. */
  private long decisions(AttentionBlock block, MaskedRows dropout) {
    return scratch.dropout.ofScores(block, dropout, shape.heads(), group);
  }

  private void mask(
      AttentionBlock block, MaskedRows dropout, long decisions, Matrix p, Matrix masked) {
    scratch.dropout.maskProbabilities(block, dropout, shape.heads(), group, decisions, p, masked);
  }

  /** m ⊙ P. */
  private Matrix dropped(AttentionBlock block, MaskedRows dropout, long decisions, Matrix p) {
    Matrix dropped = scores(block, scratch.dropped);
    mask(block, dropout, decisions, p, dropped);
    return dropped;
  }

  /** softmax(scale · Q · Kᵀ + mask). */
  private Matrix probabilities(AttentionBlock block, Matrix queries) {
    Matrix p = scores(block, scratch.scores);
    Product.Addend mask =
        block.maskPerSequence() ? Product.Addend.PER_SEQUENCE : Product.Addend.SHARED;
    Product product =
        product(block, rows(block), block.keys(), headSize)
            .between(
                queryLayout(block, queries), cache.transposed().transposed(), scoreLayout(block))
            .withScale(shape.scale())
            .withAddend(mask);
    for (int member = 0; member < members(block); member++) {
      product.run(
          primitives,
          query(block, queries, member),
          cache.keysTransposed(block.firstSequence()),
          score(block, p, member),
          scratch.blocks.mask(block));
    }
    Softmax.forward(primitives, p);
    return p;
  }

  /** dS = softmax'(P, m ⊙ (dO · Vᵀ)); without dropout there is no m. */
  private Matrix scoreGradients(
      AttentionBlock block, Matrix p, MaskedRows dropout, long decisions, Matrix outputGradient) {
    Matrix dp = scores(block, scratch.scoreGradients);
    Product product =
        product(block, rows(block), block.keys(), headSize)
            .between(
                queryLayout(block, outputGradient),
                cache.transposed().transposed(),
                scoreLayout(block));
    for (int member = 0; member < members(block); member++) {
      product.run(
          primitives,
          query(block, outputGradient, member),
          cache.valuesTransposed(block.firstSequence()),
          score(block, dp, member));
    }
    if (dropout != null) {
      Masking.run(primitives, dp, decisions, dropout.mask().scale(), null, dp);
    }
    Softmax.backward(primitives, p, dp);
    return dp;
  }

  /** sums += factor · weightsᵀ · rows, over the block's queries: dV from P, dK from dS. */
  private void addOverQueries(
      AttentionBlock block, Matrix weights, Matrix rows, float factor, long sums) {
    boolean packs = isScattered(block, rows);
    int width = shape.keyValueWidth();
    Layout rowLayout = packs ? Layout.heads(width, headSize, width) : queryLayout(block, rows);
    Product product =
        product(block, block.keys(), headSize, rows(block))
            .between(scoreLayout(block).transposed(), rowLayout, cache.plain())
            .withScale(factor)
            .withAccumulate(true);
    for (int member = 0; member < members(block); member++) {
      product.run(
          primitives,
          score(block, weights, member),
          packs ? packed(block, rows) : query(block, rows, member),
          sums);
    }
  }

  /** dQ = scale · dS · K. */
  private void queryGradient(AttentionBlock block, Matrix ds, Matrix queryGradient) {
    Product product =
        product(block, rows(block), headSize, block.keys())
            .between(scoreLayout(block), cache.plain(), queryLayout(block, queryGradient))
            .withScale(shape.scale());
    for (int member = 0; member < members(block); member++) {
      product.run(
          primitives,
          score(block, ds, member),
          cache.keys(block.firstSequence()),
          query(block, queryGradient, member));
    }
  }

  /**
   * Whether a block of single queries must be copied side by side: oneDNN 3.13 computes wrong
   * products over one element (k = 1) when the second factor's matrices are not contiguous.
   */
  private boolean isScattered(AttentionBlock block, Matrix rows) {
    return rows(block) == 1
        && block.sequences() > 1
        && block.sequenceStep() * rows.stride() != shape.keyValueWidth();
  }

  private long packed(AttentionBlock block, Matrix rows) {
    int width = shape.keyValueWidth();
    long target = scratch.packedQueries.require((long) block.sequences() * width);
    for (int i = 0; i < block.sequences(); i++) {
      long source = rows.row(block.firstQuery() + i * block.sequenceStep());
      Floats.copy(source, target + (long) i * width * Float.BYTES, width);
    }
    return target;
  }

  /** Number of products for a block. */
  private int members(AttentionBlock block) {
    return block.queries() == 1 ? 1 : group;
  }

  /** Number of query rows of one product. */
  private int rows(AttentionBlock block) {
    return block.queries() == 1 ? group : block.queries();
  }

  /** The product for one member of each group. */
  private Product product(AttentionBlock block, int m, int n, int k) {
    return Product.heads(block.sequences(), shape.keyValueHeads(), m, n, k);
  }

  private Layout queryLayout(AttentionBlock block, Matrix rows) {
    return Layout.heads(
        block.sequenceStep() * rows.stride(),
        (long) group * headSize,
        block.queries() == 1 ? headSize : block.queryStep() * rows.stride());
  }

  /** Without gaps, since oneDNN 3.13 adds a mask at the wrong place to a product with gaps. */
  private Layout scoreLayout(AttentionBlock block) {
    long matrix = (long) rows(block) * block.keys();
    return Layout.heads(shape.keyValueHeads() * matrix, matrix, block.keys());
  }

  /** The address of a member's first query. */
  private long query(AttentionBlock block, Matrix rows, int member) {
    return rows.row(block.firstQuery()) + (long) member * headSize * Float.BYTES;
  }

  /** The address of a member's first score: each member's scores are contiguous. */
  private long score(AttentionBlock block, Matrix scores, int member) {
    return scores.row((long) member * block.sequences() * shape.keyValueHeads() * rows(block));
  }

  private Matrix scores(AttentionBlock block, NativeFloats buffer) {
    long rows = (long) block.sequences() * shape.heads() * block.queries();
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
