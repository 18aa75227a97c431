package io.github.coconut4j.model.backend;

/**
 * The number of compiled operations that a CPU backend caches. oneDNN compiles a matrix product for
 * each shape, which takes about a quarter of a MiB and as much time as a few runs of it.
 */
public final class CompiledOperations {

  private static final int LEAST = 64;

  private static volatile int most = 4096;

  private CompiledOperations() {}

  /** Number of operations that each thread of models made from now on caches; initially 4096. */
  public static int most() {
    return most;
  }

  /**
   * Sets how many operations each thread of models made from now on caches, least recently used
   * ones being dropped. Training reuses thousands of shapes; a process that only runs inference
   * needs fewer, and less memory.
   *
   * @throws IllegalArgumentException if the number is below 64
   */
  public static void setMost(int operations) {
    if (operations < LEAST) {
      throw new IllegalArgumentException(
          "Compiled operations that are kept must be at least "
              + LEAST
              + ", but are "
              + operations
              + ". With fewer, one step would compile the same ones again.");
    }
    most = operations;
  }
}
