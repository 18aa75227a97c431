package io.github.coconut4j.model.onednn;

/**
 * Cuts a number of lines into tiles of {@link #LARGEST} and, for the rest, powers of two, so that
 * batches of all lengths share a few compiled shapes.
 */
final class Tiles {

  static final long LARGEST = 256;

  private static final long SMALLEST_STEP = 32;

  private Tiles() {}

  /** The size of the next tile when {@code remaining} lines are left. */
  static long next(long remaining, long largest) {
    return remaining >= largest ? largest : Long.highestOneBit(remaining);
  }

  static long next(long remaining) {
    return next(remaining, LARGEST);
  }

  /**
   * A number of lines that is at most an eighth larger, one of eight between a power of two and the
   * next, for operations that cannot be cut into tiles.
   */
  static long roundedUp(long lines) {
    long step = Math.max(SMALLEST_STEP, Long.highestOneBit(lines) / 8);
    return (lines + step - 1) / step * step;
  }

  /** What is done with one tile. */
  interface Operation {

    /**
     * Works on one tile.
     *
     * @param lines size of the tile
     * @param done lines before it
     */
    void run(long lines, long done);
  }

  /** Runs an operation on every tile of so many lines, in order. */
  static void forEach(long lines, Operation operation) {
    for (long done = 0; done < lines; ) {
      long tile = next(lines - done);
      operation.run(tile, done);
      done += tile;
    }
  }
}
