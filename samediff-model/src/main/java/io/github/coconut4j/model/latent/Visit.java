package io.github.coconut4j.model.latent;

/**
 * A forward pass over a range of a batch's time steps.
 *
 * @param from first time step
 * @param to time step after the last
 */
public record Visit(int from, int to) {

  /** Number of time steps. */
  public int steps() {
    return to - from;
  }

  /** Whether a time step is in the range. */
  public boolean covers(int step) {
    return from <= step && step < to;
  }
}
