package io.github.coconut4j.model.backend;

/** The number of threads of a CPU backend. */
public final class CpuThreads {

  /** More than any machine has; a larger number is a mistake and would take all memory. */
  private static final int MOST = 4096;

  private static volatile int count = Runtime.getRuntime().availableProcessors();

  private CpuThreads() {}

  /** Number of threads of models and optimisers made from now on; initially one per processor. */
  public static int count() {
    return count;
  }

  /**
   * Sets the number of threads of models and optimisers made from now on.
   *
   * @throws IllegalArgumentException if the number is below 1 or above 4096
   */
  public static void setCount(int threads) {
    if (threads < 1 || threads > MOST) {
      throw new IllegalArgumentException(
          "The number of threads must be 1 to "
              + MOST
              + ", but is "
              + threads
              + ". Leave `threads` out for as many as the machine has cores.");
    }
    count = threads;
  }
}
