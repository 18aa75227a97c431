package io.github.coconut4j.analyze;

import io.github.coconut4j.model.internal.Arguments;
import lombok.Builder;
import lombok.Value;

/** Options of an analysis. */
@Value
@Builder(buildMethodName = "assemble")
public class AnalysisOptions {

  /**
   * Largest number of forced thoughts, or null for six, or two more than trained if that is more.
   */
  Integer maxThoughts;

  /** Largest number of tokens generated after the thoughts, at least 1. */
  @Builder.Default int maxNewTokens = 128;

  /** Batch size, at least 1. */
  @Builder.Default int batchSize = 64;

  /** Number of first problems of a data set for the causal tests, at least 2. */
  @Builder.Default int causalProblems = 300;

  /** Seed of the noise and of the choice of problems that exchange thoughts. */
  @Builder.Default long seed = 1;

  /** Largest number of forced thoughts for a model trained with {@code trained} thoughts. */
  int mostThoughts(int trained) {
    return maxThoughts == null ? Math.max(6, trained + 2) : maxThoughts;
  }

  /** Builds valid options. */
  public static class AnalysisOptionsBuilder {

    /**
     * Builds the options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public AnalysisOptions build() {
      AnalysisOptions options = assemble();
      Arguments.requireAtLeast(options.maxNewTokens, 1, "max-new-tokens");
      Arguments.requireAtLeast(options.batchSize, 1, "batch");
      Arguments.requireAtLeast(options.causalProblems, 2, "causal-problems");
      if (options.maxThoughts != null) {
        Arguments.requireAtLeast(options.maxThoughts, 1, "max-latents");
      }
      return options;
    }
  }
}
