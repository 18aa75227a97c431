package io.github.coconut4j.method;

/** In which order latents receive hidden states. */
public enum Latents {
  /** One after another, each that of the position before it (Coconut, arXiv 2412.06769). */
  SEQUENTIAL,
  /**
   * All at once, a number of times: first their tokens' embeddings, then what the pass before
   * computed at the positions before them (Jacobi iterations; PCCoT, arXiv 2506.18582).
   */
  PARALLEL;

  /** What PCCoT was published with. */
  private static final int PUBLISHED_ITERATIONS = 3;

  /**
   * How often latents are refined together.
   *
   * @param chosen the number for {@link #PARALLEL}, or null for PCCoT's
   * @return 0 with {@link #SEQUENTIAL}
   */
  public int iterations(Integer chosen) {
    if (this == SEQUENTIAL) {
      return 0;
    }
    return chosen == null ? PUBLISHED_ITERATIONS : chosen;
  }
}
