package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.Pass;

/**
 * The kernels that compute a pass's attention: either with warps for each head of each query and
 * key, or on tensor cores. Both kinds take the same arguments.
 *
 * @param suffix suffix of the kernels' names
 * @param queries grid of the kernels that compute for queries
 * @param keys grid of the kernel that computes for keys
 */
record AttentionKernels(String suffix, Grid queries, Grid keys) {

  private static final int WARP = 32;

  /** Most values of a head per lane: the kernels are compiled for 1, 2, 4 and 8. */
  private static final int MOST_SLOTS = 8;

  /** The largest size of a head. */
  static final int MOST_HEAD_SIZE = WARP * MOST_SLOTS;

  /** Warps that share the keys of a query, as in the kernels. */
  private static final int SHARES = 8;

  /** Tensor cores multiply matrices of this many rows and columns. */
  private static final int PRODUCT = 16;

  /** The kernels on tensor cores are compiled for heads of 32, 64 and 128 values. */
  private static final int LEAST_TILE_HEAD = 32;

  private static final int MOST_TILE_HEAD = 128;

  /** Queries or keys per block on tensor cores. */
  private static final int BLOCK = 64;

  private static final int BLOCK_THREADS = 128;

  /** Keys per counter of dropout. The first block begins at such a counter. */
  private static final int COUNTER = 8;

  /**
   * The kernels with one warp for each head of each key. Each head of each query has one warp as
   * well if there are many queries, and otherwise several.
   *
   * @param queries number of queries
   * @param sequences number of the pass's sequences
   * @param keys number of keys
   */
  static AttentionKernels ofWarps(AttentionShape shape, int queries, int sequences, long keys) {
    int slots = power((int) Grid.ceiling(shape.headSize(), WARP));
    long heads = (long) queries * shape.heads();
    return new AttentionKernels(
        String.valueOf(slots),
        areMany(queries, sequences) ? Grid.warps(heads) : Grid.sharingWarps(heads, SHARES),
        Grid.warps(keys * shape.keyValueHeads()));
  }

  /** Whether each sequence has enough queries, on average, to fill a tensor core's matrix. */
  private static boolean areMany(int queries, int sequences) {
    return queries >= (long) PRODUCT * sequences;
  }

  /**
   * The kernels on tensor cores. Their grid depends only on the pass's time steps, not on which of
   * them are queried.
   */
  static AttentionKernels ofTiles(AttentionShape shape, Pass pass) {
    int head = Math.max(LEAST_TILE_HEAD, power(shape.headSize()));
    long queryBlocks = Grid.ceiling(pass.to() - pass.from(), BLOCK);
    long keyBlocks = Grid.ceiling(pass.to() + COUNTER - 1, BLOCK);
    return new AttentionKernels(
        "Tiles" + head,
        blocks(queryBlocks * pass.sequences() * shape.heads()),
        blocks(keyBlocks * pass.sequences() * shape.keyValueHeads()));
  }

  private static Grid blocks(long count) {
    return new Grid(count, 1, BLOCK_THREADS, 1);
  }

  /** The least power of two that is not smaller. */
  private static int power(int number) {
    return number <= 1 ? 1 : Integer.highestOneBit(number - 1) * 2;
  }

  /**
   * Whether a pass can be computed on tensor cores: the size of its heads must be a multiple of
   * their matrices', and its sequences need enough queries to fill one.
   */
  static boolean fillTiles(AttentionShape shape, int queries, int sequences) {
    return shape.headSize() % PRODUCT == 0
        && shape.headSize() <= MOST_TILE_HEAD
        && areMany(queries, sequences);
  }
}
