package io.github.coconut4j.model.cuda;

/**
 * How many blocks of how many threads run a kernel.
 *
 * @param blocks along x
 * @param blocksY along y, at most 65535
 * @param threads of a block along x
 * @param threadsY along y
 */
record Grid(long blocks, long blocksY, int threads, int threadsY) {

  /** The most blocks that CUDA runs along y; along x it is the largest int. */
  private static final long MOST_BLOCKS_Y = 65_535;

  private static final int WARP = 32;
  private static final int ELEMENT_THREADS = 256;

  /** Warps of a block where each has work of its own. */
  private static final int WARPS = 4;

  Grid {
    if (blocks > Integer.MAX_VALUE || blocksY > MOST_BLOCKS_Y) {
      throw new IllegalArgumentException(
          "A GPU runs at most %d by %d blocks, but this batch needs %d by %d. Use smaller batches."
              .formatted(Integer.MAX_VALUE, MOST_BLOCKS_Y, blocks, blocksY));
    }
  }

  /** A block for each row of so many values. */
  static Grid rows(long rows, long width) {
    long warps = Math.min(ELEMENT_THREADS, (width + WARP - 1) / WARP * WARP);
    return new Grid(rows, 1, (int) Math.max(WARP, warps), 1);
  }

  /** A thread for each value. */
  static Grid elements(long count) {
    return new Grid(ceiling(count, ELEMENT_THREADS), 1, ELEMENT_THREADS, 1);
  }

  /** A warp for each piece of work. */
  static Grid warps(long count) {
    return new Grid(ceiling(count, WARPS), 1, WARPS * WARP, 1);
  }

  /**
   * A block of {@code edge} by {@code edge} threads for each tile of a matrix. Rows are along x,
   * since there may be more of them.
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
