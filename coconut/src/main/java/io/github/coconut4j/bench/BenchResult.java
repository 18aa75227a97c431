package io.github.coconut4j.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;

/** Medians of one shape. */
@Value
@Builder
@JsonNaming(SnakeCaseStrategy.class)
public class BenchResult {

  /** Name and version of this library. */
  String implementation;

  /** The latent loop that ran. */
  String loop;

  String shape;

  /** Sequences of a batch. */
  int rows;

  /** What it ran on, {@code cpu} or {@code cuda}. */
  String device;

  int threads;

  /** Forward, backward and AdamW, in milliseconds. */
  double trainStepMs;

  /** Prompts with their latents, then greedy tokens, in milliseconds. */
  double generateMs;

  @JsonProperty("generate_tokens_per_s")
  double generateTokensPerSecond;

  /**
   * Largest resident memory of this process so far, in MiB; null where the system does not tell.
   */
  Long peakRssMb;
}
