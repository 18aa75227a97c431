package io.github.coconut4j.cli;

import io.github.coconut4j.OpeningOptions;
import io.github.coconut4j.OpeningOptions.OpeningOptionsBuilder;
import io.github.coconut4j.model.Precision;
import picocli.CommandLine.Option;

/** The options {@code --weights} and {@code --precision} of commands that open a model. */
public final class PrecisionOptions {

  @Option(
      names = "--weights",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = "Precision of weights in memory: float32 or bf16.")
  private Precision weights;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description = "Precision of products: float32 or bf16.")
  private Precision precision;

  /** How to open a model with these precisions. */
  public OpeningOptionsBuilder opening() {
    return OpeningOptions.builder().weights(weights).precision(precision);
  }
}
