package io.github.coconut4j.model.dropout;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The probabilities with which values are dropped, in [0, 1).
 *
 * @param attention of attention probabilities
 * @param embedding of what the first block reads
 * @param residual of the outputs of attention and feed-forward layers before the residual sums
 */
public record DropoutRates(double attention, double embedding, double residual) {

  /** Nothing is dropped. */
  public static final DropoutRates NONE = new DropoutRates(0, 0, 0);

  /**
   * Checks the rates.
   *
   * @throws IllegalArgumentException if one is not in [0, 1)
   */
  public DropoutRates {
    require("attention", attention);
    require("embedding", embedding);
    require("residual", residual);
  }

  private static void require(String name, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "A rate of dropout must be at least 0 and below 1, but that of "
              + name
              + " is "
              + rate
              + ". It is the probability that a value is dropped, so give 0.1 for a tenth of them.");
    }
  }

  /** The rates that a model's {@code config.json} says. */
  public static DropoutRates of(TransformerConfig config) {
    return new DropoutRates(config.getAttnPdrop(), config.getEmbdPdrop(), config.getResidPdrop());
  }

  /** One rate for every site that the model's architecture has. */
  public static DropoutRates of(TransformerConfig config, double rate) {
    return config.isLlamaFamily()
        ? new DropoutRates(rate, 0, 0)
        : new DropoutRates(rate, rate, rate);
  }

  /** Whether anything is dropped. */
  public boolean isNone() {
    return attention == 0 && embedding == 0 && residual == 0;
  }

  /** The rate of a site. */
  double of(DropoutSite site) {
    return switch (site) {
      case ATTENTION -> attention;
      case EMBEDDING -> embedding;
      case ATTENTION_OUTPUT, FEED_FORWARD_OUTPUT -> residual;
    };
  }
}
