package io.github.coconut4j.generate;

import java.util.Locale;

/** The rule that ends a model's thoughts. */
public enum Halt {
  /** After the requested number of latents. */
  FIXED,
  /**
   * After the first latent with which the model is confident, at the latest after the requested
   * number: the most likely token after the end marker has at least a given probability.
   */
  CONFIDENCE,
  /**
   * After the first latent at which the model's stop signal, {@link HaltHead}, predicts at least a
   * given probability that the answer is correct, at the latest after the requested number.
   */
  LEARNED;

  /** The default threshold of confidence. */
  public static final double DEFAULT_THRESHOLD = 0.99;

  /** The name in configurations. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Rejects thresholds that nothing or everything would reach.
   *
   * @param name name of the threshold in the message
   * @throws IllegalArgumentException if it is not above 0 and at most 1
   */
  static void requireThreshold(String name, double threshold) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          name
              + " needs to be a probability above 0 and at most 1 but is "
              + threshold
              + ". Write 0.9 to stop sooner, 0.999 to stop later.");
    }
  }
}
