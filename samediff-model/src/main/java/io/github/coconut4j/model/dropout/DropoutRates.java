package io.github.coconut4j.model.dropout;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The probabilities with which values are dropped, in [0, 1).
 *
 * @param attention of attention probabilities
 * @param embedding of what the first block reads
 * @param residual of the outputs of attention and feed-forward layers before the residual sums
 * @param adapter of what low-rank adapters read
 */
public record DropoutRates(double attention, double embedding, double residual, double adapter) {

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
    require("adapter", adapter);
  }

  /** Nothing is dropped before adapters. */
  public DropoutRates(double attention, double embedding, double residual) {
    this(attention, embedding, residual, 0);
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

  /** The rates that a model's {@code config.json} and its adapter's configuration say. */
  public static DropoutRates of(TransformerConfig config) {
    return new DropoutRates(
        config.getAttnPdrop(), config.getEmbdPdrop(), config.getResidPdrop(), adapter(config));
  }

  /**
   * One rate for every site that the model's architecture has; before its adapter, if it has one,
   * what the adapter's configuration says.
   */
  public static DropoutRates of(TransformerConfig config, double rate) {
    double others = config.isLlamaFamily() ? 0 : rate;
    return new DropoutRates(rate, others, others, adapter(config));
  }

  private static double adapter(TransformerConfig config) {
    return config.getLora() == null ? 0 : config.getLora().getLoraDropout();
  }

  /** Whether anything is dropped. */
  public boolean isNone() {
    return attention == 0 && embedding == 0 && residual == 0 && adapter == 0;
  }

  /** The rate of a site. */
  double of(DropoutSite site) {
    return switch (site) {
      case ATTENTION -> attention;
      case EMBEDDING -> embedding;
      case ATTENTION_OUTPUT, FEED_FORWARD_OUTPUT -> residual;
      default -> adapter;
    };
  }
}
