package io.github.coconut4j.cli;

import io.github.coconut4j.OpeningOptions;
import io.github.coconut4j.OpeningOptions.OpeningOptionsBuilder;
import io.github.coconut4j.model.Precision;
import picocli.CommandLine.Option;

/** The options {@code --weights} and {@code --precision} of commands that open a model. */
public final class PrecisionOptions {

  @Option(
      names = "--weights",
      defaultValue = "float32",
      description = "Precision of weights in memory: ${COMPLETION-CANDIDATES}.")
  private Precision weights;

  @Option(
      names = "--precision",
      defaultValue = "float32",
      description = "Precision of products: ${COMPLETION-CANDIDATES}.")
  private Precision precision;

  /** How to open a model with these precisions. */
  public OpeningOptionsBuilder opening() {
    return OpeningOptions.builder().weights(weights).precision(precision);
  }
}
