package io.github.coconut4j.model.cuda;

/**
 * The number of blocks and threads of a kernel's launch.
 *
 * @param blocks number of blocks along x, at most 2^31 - 1
 * @param blocksY number of blocks along y, at most 65535
 * @param threads threads of a block along x
 * @param threadsY threads of a block along y
 */
record Grid(long blocks, long blocksY, int threads, int threadsY) {

  /** The most blocks that CUDA runs along y; along x it is the largest int. */
  private static final long MOST_BLOCKS_Y = 65_535;

  private static final int WARP = 32;
  private static final int ELEMENT_THREADS = 256;

  /** Warps per block if each works on its own. */
  private static final int WARPS = 4;

  Grid {
    if (blocks > Integer.MAX_VALUE || blocksY > MOST_BLOCKS_Y) {
      throw new IllegalArgumentException(
          "A GPU runs at most "
              + Integer.MAX_VALUE
              + " by "
              + MOST_BLOCKS_Y
              + " blocks, but this batch needs "
              + blocks
              + " by "
              + blocksY
              + ". Use smaller batches.");
    }
  }

  /** One block per row of this many values. */
  static Grid rows(long rows, long width) {
    long warps = Math.min(ELEMENT_THREADS, (width + WARP - 1) / WARP * WARP);
    return new Grid(rows, 1, (int) Math.max(WARP, warps), 1);
  }

  /** One thread per value. */
  static Grid elements(long count) {
    return new Grid(ceiling(count, ELEMENT_THREADS), 1, ELEMENT_THREADS, 1);
  }

  /** One warp per piece of work. */
  static Grid warps(long count) {
    return new Grid(ceiling(count, WARPS), 1, WARPS * WARP, 1);
  }

  /** One block of this many warps per piece of work, which they share. */
  static Grid sharingWarps(long count, int warps) {
    return new Grid(count, 1, WARP, warps);
  }

  /**
   * One block of {@code edge} by {@code edge} threads per tile of a matrix. Rows are along x, where
   * more blocks are possible.
   */
  static Grid tiles(long rows, long columns, int edge) {
    return new Grid(ceiling(rows, edge), ceiling(columns, edge), edge, edge);
  }

  static long ceiling(long count, long size) {
    return (count + size - 1) / size;
  }

  boolean isEmpty() {
    return blocks == 0 || blocksY == 0;
  }
}
