package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.GenerationOptions.GenerationOptionsBuilder;
import io.github.coconut4j.generate.Halt;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** Options of inference that {@code evaluate} and {@code generate} share. */
final class AnswerOptions {

  /** Classes whose fields are options that need a model. */
  private static final Set<Class<?>> NEED_MODEL =
      Set.of(
          AnswerOptions.class,
          ModelOptions.class,
          LoopOption.class,
          PrecisionOptions.class,
          MistakesOption.class);

  @Option(
      names = "--latents",
      paramLabel = "K",
      description = "Number of thoughts per prompt (default: as in training).")
  private Integer latents;

  @Option(
      names = "--halt",
      paramLabel = "RULE",
      description =
          "Rule that ends thinking, after at most K thoughts: fixed, confidence or learned"
              + " (default: the model's rule, or fixed).")
  private Halt halt;

  @Option(
      names = "--halt-threshold",
      paramLabel = "P",
      description =
          "Probability that ends thinking: with confidence, of the most likely next token; with"
              + " learned, of a correct answer (default: the model's, or 0.99 with confidence).")
  private Double haltThreshold;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description =
          "Largest number of generated tokens (default, as published: 64 for data with gsm in its"
              + " name, else 128).")
  private Integer maxNewTokens;

  @Option(names = "--batch", paramLabel = "B", defaultValue = "32", description = "Batch size.")
  private int batch;

  @Mixin private ModelOptions modelOptions;

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
   * Rejects options that need a model if there is none.
   *
   * @throws IllegalArgumentException naming the first that was given
   */
  void requireNone(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (option.userObject() instanceof Field field
          && NEED_MODEL.contains(field.getDeclaringClass())) {
        throw new IllegalArgumentException(
            option.longestName()
                + " needs a model to answer but there is none. Give --model, or leave it out.");
      }
    }
  }

  /** Opens a model, with the given adapter if there is one. */
  CoconutModel open(Path modelDirectory) throws IOException {
    return modelOptions.open(modelDirectory);
  }
}
