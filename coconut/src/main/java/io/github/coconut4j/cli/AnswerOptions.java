package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.GenerationOptions.GenerationOptionsBuilder;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** Options of inference that {@code evaluate} and {@code generate} share. */
final class AnswerOptions {

  @Option(
      names = "--latents",
      paramLabel = "K",
      description = "Thoughts in every prompt (default: as trained).")
  private Integer latents;

  @Option(
      names = "--halt",
      paramLabel = "RULE",
      description =
          "When thinking ends, after K thoughts at most: ${COMPLETION-CANDIDATES} (default: as the"
              + " model says, fixed where it says nothing).")
  private Halt halt;

  @Option(
      names = "--halt-threshold",
      paramLabel = "P",
      description =
          "Probability at which it ends: of the likeliest next token by confidence, of a correct"
              + " answer by the learned signal (default: as the model says, 0.99 by confidence where"
              + " it says nothing).")
  private Double haltThreshold;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description =
          "Tokens written at most (default, as published: 64 for data with gsm in its name, else"
              + " 128).")
  private Integer maxNewTokens;

  @Option(names = "--batch", paramLabel = "B", defaultValue = "32", description = "Batch size.")
  private int batch;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "An adapter on the model: PEFT's, or the model/ of a run with `lora`.")
  private Path adapter;

  @Option(names = "--loop", defaultValue = "auto", description = "${COMPLETION-CANDIDATES}.")
  private LatentLoops loop;

  @Option(
      names = "--weights",
      defaultValue = "float32",
      description = "How weights lie in memory: ${COMPLETION-CANDIDATES}.")
  private Precision weights;

  /**
   * A builder with the given options, for problems from a path or generator.
   *
   * @param data where the problems come from, or null
   */
  GenerationOptionsBuilder builder(String data) {
    return GenerationOptions.builder()
        .latents(latents)
        .halt(halt)
        .haltThreshold(haltThreshold)
        .maxNewTokens(maxNewTokens == null ? GenerationOptions.newTokenLimit(data) : maxNewTokens)
        .batchSize(batch);
  }

  /**
   * Rejects options of inference if there is no model.
   *
   * @throws IllegalArgumentException naming the first that was given
   */
  void requireNone(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (option.userObject() instanceof Field field
          && field.getDeclaringClass() == AnswerOptions.class) {
        throw new IllegalArgumentException(
            option.longestName()
                + " needs a model to answer but there is none. Give --model, or leave it out.");
      }
    }
  }

  /** Opens a model, with the given adapter if there is one. */
  CoconutModel open(Path modelDirectory) throws IOException {
    return adapter == null
        ? CoconutModel.open(modelDirectory, loop, weights)
        : CoconutModel.open(modelDirectory, adapter, loop, weights);
  }
}
