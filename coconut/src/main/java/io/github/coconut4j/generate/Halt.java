package io.github.coconut4j.generate;

import java.util.Locale;

/** When a model stops thinking. */
public enum Halt {
  /** After as many latents as it is asked for. */
  FIXED,
  /**
   * After the first latent, or as many as it is asked for, that makes the model sure of how it
   * would go on: behind the end marker the likeliest token has at least a given probability.
   */
  CONFIDENCE,
  /**
   * After the first latent, or as many as it is asked for, at which the model's own stop signal,
   * {@link HaltHead}, gives its answer at least a given probability of being correct.
   */
  LEARNED;

  /** The threshold of confidence where none is given. */
  public static final double DEFAULT_THRESHOLD = 0.99;

  /** The name in configurations. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Refuses thresholds that nothing passes, or everything.
   *
   * @param name what the message calls it
   * @throws IllegalArgumentException if it is not above 0 and at most 1
   */
  public static void requireThreshold(String name, double threshold) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          name
              + " needs to be a probability above 0 and at most 1 but is "
              + threshold
              + ". Write 0.9 to stop sooner, 0.999 to stop later.");
    }
  }
}
