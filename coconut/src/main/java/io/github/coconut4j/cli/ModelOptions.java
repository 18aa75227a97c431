package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.OpeningOptions;
import io.github.coconut4j.model.Precision;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of commands that open a model for inference. */
final class ModelOptions {

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "An adapter for the model: PEFT's, or the model/ of a run with `lora`.")
  private Path adapter;

  @Mixin private LoopOption loop;

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

  /** Opens a model, with the given adapter if there is one. */
  CoconutModel open(Path modelDirectory) throws IOException {
    return CoconutModel.open(
        modelDirectory,
        OpeningOptions.builder()
            .adapter(adapter)
            .loop(loop.getChosen())
            .weights(weights)
            .precision(precision)
            .build());
  }
}
