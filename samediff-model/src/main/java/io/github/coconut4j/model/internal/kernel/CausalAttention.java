package io.github.coconut4j.model.internal.kernel;

/**
 * Causal self-attention of a slice, block by block: P = softmax(Q · Kᵀ / √headSize + mask), O = P ·
 * V. Queries are read where the projection wrote them, keys and values from their cache. Scores are
 * recomputed on the way back instead of kept.
 */
final class CausalAttention implements AutoCloseable {

  private final Kernels kernels;
  private final int width;
  private final int heads;
  private final int headSize;
  private final float scale;
  private final LineBuffer packedQueries;
  private final Rows lineCopies;
  private final NativeFloats scores = new NativeFloats();
  private final NativeFloats scoreGradients = new NativeFloats();

  CausalAttention(Kernels kernels, int width, int heads) {
    this.kernels = kernels;
    this.heads = heads;
    this.width = width;
    headSize = width / heads;
    packedQueries = new LineBuffer(width);
    lineCopies = new Rows(width);
    scale = (float) (1 / Math.sqrt(headSize));
  }

  /**
   * A tensor of lines of which attention reads or writes {@code width} floats each.
   *
   * @param address of the first line's first float of interest
   * @param stride floats from one line to the next
   */
  record Lines(long address, long stride) {
    long at(long line) {
      return address + line * stride * Float.BYTES;
    }
  }

  /** O for one block. */
  void forward(AttentionBlock block, KeyValues cache, Lines q, Lines o, long masks) {
    long p = probabilities(block, cache, q, masks);
    kernels
        .primitives()
        .get(
            product(block, block.lines(), headSize, block.keys())
                .between(scoreLayout(block), cache.plain(), queryLayout(block, o)))
        .bind(0, p)
        .bind(1, cache.values(block.firstRow()))
        .bind(2, o.at(block.queryLine()))
        .execute();
  }

  /** dQ for one block, overwriting; additions to dK and dV of all keys that the block sees. */
  void backward(AttentionBlock block, KeyValues cache, Lines q, long masks, Lines dOut, Lines dq) {
    long p = probabilities(block, cache, q, masks);
    long ds = scoreGradients(block, cache, p, dOut);
    addOverQueries(block, p, dOut, 1, cache.plain(), cache.valueGradients(block.firstRow()));
    addOverQueries(block, ds, q, scale, cache.plain(), cache.keyGradients(block.firstRow()));
    queryGradient(block, cache, ds, dq);
  }

  private long probabilities(AttentionBlock block, KeyValues cache, Lines q, long masks) {
    long p = scores.require(scoreCount(block));
    Product.Addend mask = block.maskPerRow() ? Product.Addend.PER_ROW : Product.Addend.SHARED;
    kernels
        .primitives()
        .get(
            product(block, block.lines(), block.keys(), headSize)
                .between(queryLayout(block, q), cache.transposed().transposed(), scoreLayout(block))
                .withScale(scale)
                .withAddend(mask))
        .bind(0, q.at(block.queryLine()))
        .bind(1, cache.keysTransposed(block.firstRow()))
        .bind(2, p)
        .bind(3, masks + block.mask() * Float.BYTES)
        .execute();
    kernels
        .primitives()
        .get(new Softmax.Forward(scoreLines(block), block.keys()))
        .bind(0, p)
        .bind(1, p)
        .execute();
    return p;
  }

  /** dS = softmax'(P, dO · Vᵀ). */
  private long scoreGradients(AttentionBlock block, KeyValues cache, long p, Lines dOut) {
    long dp = scoreGradients.require(scoreCount(block));
    kernels
        .primitives()
        .get(
            product(block, block.lines(), block.keys(), headSize)
                .between(
                    queryLayout(block, dOut), cache.transposed().transposed(), scoreLayout(block)))
        .bind(0, dOut.at(block.queryLine()))
        .bind(1, cache.valuesTransposed(block.firstRow()))
        .bind(2, dp)
        .execute();
    kernels
        .primitives()
        .get(new Softmax.Backward(scoreLines(block), block.keys()))
        .bind(0, p)
        .bind(1, dp)
        .bind(2, dp)
        .execute();
    return dp;
  }

  /** sums += factor · weightsᵀ · queries, over the block's queries: dV from P, dK from dS. */
  private void addOverQueries(
      AttentionBlock block, long weights, Lines queries, float factor, Layout layout, long sums) {
    boolean packs = isScattered(block, queries);
    Layout queryLayout = packs ? Layout.heads(width, headSize, width) : queryLayout(block, queries);
    kernels
        .primitives()
        .get(
            product(block, block.keys(), headSize, block.lines())
                .between(scoreLayout(block).transposed(), queryLayout, layout)
                .withScale(factor)
                .withAccumulate(true))
        .bind(0, weights)
        .bind(1, packs ? packed(block, queries) : queries.at(block.queryLine()))
        .bind(2, sums)
        .execute();
  }

  /** dQ = dS · K / √headSize. */
  private void queryGradient(AttentionBlock block, KeyValues cache, long ds, Lines dq) {
    kernels
        .primitives()
        .get(
            product(block, block.lines(), headSize, block.keys())
                .between(scoreLayout(block), cache.plain(), queryLayout(block, dq))
                .withScale(scale))
        .bind(0, ds)
        .bind(1, cache.keys(block.firstRow()))
        .bind(2, dq.at(block.queryLine()))
        .execute();
  }

  /**
   * Whether a block of single queries must be copied side by side: oneDNN 3.13 computes wrong
   * products over one element (k = 1) when the second factor's matrices are not contiguous.
   */
  private boolean isScattered(AttentionBlock block, Lines queries) {
    return block.lines() == 1 && block.rows() > 1 && block.rowStep() * queries.stride() != width;
  }

  private long packed(AttentionBlock block, Lines queries) {
    packedQueries.reserve(block.rows());
    for (int i = 0; i < block.rows(); i++) {
      lineCopies.copy(queries.at(block.queryLine() + i * block.rowStep()), packedQueries.at(i));
    }
    return packedQueries.at(0);
  }

  private Product product(AttentionBlock block, int m, int n, int k) {
    return Product.heads(block.rows(), heads, m, n, k);
  }

  private Layout queryLayout(AttentionBlock block, Lines lines) {
    return Layout.heads(
        block.rowStep() * lines.stride(), headSize, block.lineStep() * lines.stride());
  }

  private Layout scoreLayout(AttentionBlock block) {
    long matrix = (long) block.lines() * block.keys();
    return Layout.heads(heads * matrix, matrix, block.keys());
  }

  private long scoreLines(AttentionBlock block) {
    return (long) block.rows() * heads * block.lines();
  }

  private long scoreCount(AttentionBlock block) {
    return scoreLines(block) * block.keys();
  }

  @Override
  public void close() {
    scores.close();
    scoreGradients.close();
    packedQueries.close();
  }
}
