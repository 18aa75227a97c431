package io.github.coconut4j.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;

/** The results for one shape; times are medians. */
@Value
@Builder
@JsonNaming(SnakeCaseStrategy.class)
@JsonPropertyOrder({
  "implementation",
  "loop",
  "shape",
  "rows",
  "device",
  "threads",
  "trainStepMs",
  "generateMs",
  "generateTokensPerSecond",
  "peakRssMb"
})
public class BenchResult {

  /** Name and version of this library. */
  String implementation;

  /** The latent loop that ran. */
  String loop;

  String shape;

  /** Number of sequences of a batch. */
  int rows;

  /** Device, {@code cpu} or {@code cuda}. */
  String device;

  int threads;

  /** Time of forward pass, backward pass and AdamW, in milliseconds. */
  double trainStepMs;

  /** Time of prompts with their latents, then greedy tokens, in milliseconds. */
  double generateMs;

  @JsonProperty("generate_tokens_per_s")
  double generateTokensPerSecond;

  /**
   * Largest resident memory of this process so far, in MiB; null if the system does not report it.
   */
  Long peakRssMb;
}
