package io.github.coconut4j.model.internal.kernel;

/** How many worker threads each kernel gets. */
public final class KernelThreads {

  private static volatile int count = Runtime.getRuntime().availableProcessors();

  private KernelThreads() {}

  /** Threads of kernels made from now on; at first one for each processor. */
  public static int count() {
    return count;
  }

  /**
   * Sets the number of threads of kernels made from now on.
   *
   * @throws IllegalArgumentException if the number is below 1
   */
  public static void setCount(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "The number of threads must be at least 1, but is " + threads + ".");
    }
    count = threads;
  }
}
