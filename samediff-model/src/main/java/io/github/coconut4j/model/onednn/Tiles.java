package io.github.coconut4j.model.onednn;

/**
 * Cuts a number of rows into tiles of {@link #LARGEST} and, for the rest, powers of two, so that
 * batches of all lengths share a few compiled shapes.
 */
final class Tiles {

  static final long LARGEST = 256;

  private static final long SMALLEST_STEP = 32;

  private Tiles() {}

  /** The size of the next tile when {@code remaining} rows are left. */
  static long next(long remaining, long largest) {
    return remaining >= largest ? largest : Long.highestOneBit(remaining);
  }

  static long next(long remaining) {
    return next(remaining, LARGEST);
  }

  /**
   * Rounds up a number of rows, by at most an eighth, for operations that cannot be cut into tiles:
   * to one of eight sizes between a power of two and the next.
   */
  static long roundedUp(long rows) {
    long step = Math.max(SMALLEST_STEP, Long.highestOneBit(rows) / 8);
    return (rows + step - 1) / step * step;
  }

  /** An operation on one tile. */
  interface Operation {

    /**
     * Runs on one tile.
     *
     * @param rows size of the tile
     * @param done rows before it
     */
    void run(long rows, long done);
  }

  /** Runs an operation on every tile of a number of rows, in order. */
  static void forEach(long rows, Operation operation) {
    for (long done = 0; done < rows; ) {
      long tile = next(rows - done);
      operation.run(tile, done);
      done += tile;
    }
  }
}
