package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.AttentionShape;
import io.github.coconut4j.model.loop.Pass;

/**
 * The kernels that compute a pass's attention, which take the same arguments: with a warp for each
 * head of each query or key, or on tensor cores.
 *
 * @param suffix of their names
 * @param queries blocks of those that have queries of their own
 * @param keys blocks of the one that has keys
 */
record AttentionKernels(String suffix, Grid queries, Grid keys) {

  private static final int WARP = 32;

  /** Values of a head that a lane has: the kernels are compiled for 1, 2, 4 and 8. */
  private static final int MOST_SLOTS = 8;

  /** The largest head. */
  static final int MOST_HEAD_SIZE = WARP * MOST_SLOTS;

  /** Rows and columns of a product's factors in tensor cores. */
  private static final int PRODUCT = 16;

  /** Heads for which the kernels on tensor cores are compiled: 32, 64 and 128 values. */
  private static final int LEAST_TILE_HEAD = 32;

  private static final int MOST_TILE_HEAD = 128;

  /** Queries or keys of a block on tensor cores. */
  private static final int BLOCK = 64;

  private static final int BLOCK_THREADS = 128;

  /** Dropout's counters are of so many keys, with one of which the first block begins. */
  private static final int COUNTER = 8;

  /** With a warp for each head of so many queries, and of each key that they see. */
  static AttentionKernels ofWarps(AttentionShape shape, int queries, long keys) {
    int slots = power((int) Grid.ceiling(shape.headSize(), WARP));
    return new AttentionKernels(
        String.valueOf(slots),
        Grid.warps((long) queries * shape.heads()),
        Grid.warps(keys * shape.keyValueHeads()));
  }

  /** On tensor cores. The blocks follow from the pass's time steps, whichever are queried. */
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
   * Whether tensor cores compute a pass: its heads can be divided into their products, and its
   * sequences have enough queries to fill one.
   */
  static boolean fillTiles(AttentionShape shape, int queries, int sequences) {
    return shape.headSize() % PRODUCT == 0
        && shape.headSize() <= MOST_TILE_HEAD
        && queries >= (long) PRODUCT * sequences;
  }
}
