package io.github.coconut4j.method;

/** In which order latents receive hidden states. */
public enum Latents {
  /**
   * One after another, each the hidden state of the previous position (Coconut, arXiv 2412.06769).
   */
  SEQUENTIAL,
  /**
   * All in parallel, several times: first their tokens' embeddings, then the previous pass's hidden
   * states of the previous positions (Jacobi iterations; PCCoT, arXiv 2506.18582).
   */
  PARALLEL;

  /** The number in PCCoT's publication. */
  private static final int PUBLISHED_ITERATIONS = 3;

  /**
   * How often latents are refined in parallel.
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
