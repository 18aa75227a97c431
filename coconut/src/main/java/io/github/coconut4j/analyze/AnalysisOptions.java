package io.github.coconut4j.analyze;

import lombok.Builder;
import lombok.Value;

/** What an analysis looks at. */
@Value
@Builder(buildMethodName = "assemble")
public class AnalysisOptions {

  /** Thoughts forced at most, or null for six and at least two beyond those trained. */
  Integer maxThoughts;

  /** Tokens written at most after the thoughts, at least 1. */
  @Builder.Default int maxNewTokens = 128;

  /** Problems side by side, at least 1. */
  @Builder.Default int batchSize = 64;

  /** Problems of a data set that the causal tests run on, its first ones, at least 2. */
  @Builder.Default int causalProblems = 300;

  /** Seed of the noise and of which problems exchange their thoughts. */
  @Builder.Default long seed = 1;

  /** The thoughts that are forced at most on a model trained with so many. */
  int mostThoughts(int trained) {
    return maxThoughts == null ? Math.max(6, trained + 2) : maxThoughts;
  }

  /** Builds valid options. */
  public static class AnalysisOptionsBuilder {

    /**
     * The options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public AnalysisOptions build() {
      AnalysisOptions options = assemble();
      requireAtLeast("max-new-tokens", options.maxNewTokens, 1);
      requireAtLeast("batch", options.batchSize, 1);
      requireAtLeast("causal-problems", options.causalProblems, 2);
      if (options.maxThoughts != null) {
        requireAtLeast("max-latents", options.maxThoughts, 1);
      }
      return options;
    }

    private static void requireAtLeast(String option, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(
            option + " needs to be at least " + least + " but is " + value + ". Change it.");
      }
    }
  }
}
