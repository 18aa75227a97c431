package io.github.coconut4j.model.backend;

/**
 * How many compiled operations a backend on processors keeps. oneDNN compiles a matrix product for
 * each shape, which takes about a quarter of a MiB and as much time as some runs of it.
 */
public final class CompiledOperations {

  private static final int LEAST = 64;

  private static volatile int most = 4096;

  private CompiledOperations() {}

  /** Operations that a thread of a model made from now on keeps; 4096 at first. */
  public static int most() {
    return most;
  }

  /**
   * Sets how many operations each thread of models made from now on keeps, the last used ones.
   * Training comes back to thousands of shapes; a process that only answers questions needs fewer,
   * and less memory.
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
