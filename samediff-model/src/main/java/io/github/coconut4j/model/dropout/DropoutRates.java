package io.github.coconut4j.model.dropout;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The dropout probabilities, in [0, 1).
 *
 * @param attention rate of attention probabilities
 * @param embedding rate of the first block's input
 * @param residual rate of the outputs of attention and feed-forward layers, before the residual
 *     sums
 * @param adapter rate of the inputs of low-rank adapters
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

  /** Makes rates without dropout before adapters. */
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

  /** The rates of a model's {@code config.json} and its adapter's configuration. */
  public static DropoutRates of(TransformerConfig config) {
    return new DropoutRates(
        config.getAttnPdrop(), config.getEmbdPdrop(), config.getResidPdrop(), adapter(config));
  }

  /**
   * One rate for every site of the model's architecture; before its adapter, if it has one, the
   * rate of the adapter's configuration.
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
