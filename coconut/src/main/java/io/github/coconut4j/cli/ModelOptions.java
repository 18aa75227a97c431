package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
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

  @Mixin private PrecisionOptions precision;

  /** Opens a model, with the given adapter if there is one. */
  CoconutModel open(Path modelDirectory) throws IOException {
    return CoconutModel.open(
        modelDirectory, precision.opening().adapter(adapter).loop(loop.getChosen()).build());
  }
}
