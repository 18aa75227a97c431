package io.github.coconut4j.generate;

import io.github.coconut4j.model.internal.Arguments;
import java.io.File;
import java.util.List;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Singular;
import lombok.Value;

/** Options of generation. */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
public class GenerationOptions {

  /** Greedy decoding of at most 128 tokens, as the paper evaluates. */
  public static final GenerationOptions DEFAULT = builder().build();

  /** Largest number of generated tokens, at least 1. */
  @Builder.Default int maxNewTokens = 128;

  /** Number of thoughts in a prompt, or null for the model's default. */
  Integer latents;

  /** Rule that ends the thoughts, or null for the model's. */
  Halt halt;

  /** Probability from which thoughts end, in (0, 1]; null for the model's. */
  Double haltThreshold;

  /** Largest number of prompts per batch, at least 1. */
  @Builder.Default int batchSize = 32;

  /** 0 for the token with the highest score; above 0, and finite, for sampling. */
  double temperature;

  /** Share of the probability to sample from (nucleus sampling), in (0, 1]. */
  @Builder.Default double topP = 1;

  /** Seed of sampling. */
  long seed;

  /** Tokens that are never generated, such as the markers of latents. */
  @Singular List<Integer> excludedTokens;

  /**
   * Largest number of generated tokens in the published implementation: 64 for data with {@code
   * gsm} in the name of a file, else 128. The names of its folders do not count.
   *
   * @param data paths of the problems, joined by {@code +}, or null
   */
  public static int newTokenLimit(String data) {
    return data != null && Stream.of(data.split("\\+")).anyMatch(GenerationOptions::isGsm)
        ? 64
        : 128;
  }

  private static boolean isGsm(String path) {
    return new File(path).getName().contains("gsm");
  }

  /** Makes the sampler of these options, starting from the seed. */
  public TokenSampler sampler() {
    TokenSampler sampler =
        temperature == 0 ? TokenSampler.greedy() : new NucleusSampler(temperature, topP, seed);
    return excludedTokens.isEmpty() ? sampler : sampler.without(excludedTokens);
  }

  /** Builds valid options. */
  public static class GenerationOptionsBuilder {

    /**
     * Builds the options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public GenerationOptions build() {
      GenerationOptions options = assemble();
      Arguments.requireAtLeast(options.maxNewTokens, 1, "max-new-tokens");
      Arguments.requireAtLeast(options.batchSize, 1, "batch");
      if (options.latents != null) {
        Arguments.requireAtLeast(options.latents, 0, "latents");
      }
      if (options.haltThreshold != null) {
        Halt.requireThreshold("The threshold of halting", options.haltThreshold);
      }
      NucleusSampler.requireTopP(options.topP); // also at temperature 0, which does not sample
      if (!(options.temperature >= 0) || Double.isInfinite(options.temperature)) {
        throw new IllegalArgumentException(
            "temperature needs to be a finite number of at least 0 but is "
                + options.temperature
                + ". Use 0 for the likeliest token, 0.1 to 1.5 to draw.");
      }
      return options;
    }
  }
}
