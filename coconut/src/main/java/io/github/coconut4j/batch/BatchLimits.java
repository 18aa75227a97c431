package io.github.coconut4j.batch;

import lombok.Builder;
import lombok.Value;

/** Limits of a batch. */
@Value
@Builder(buildMethodName = "assemble")
public class BatchLimits {

  /** The default limits. */
  public static final BatchLimits DEFAULT = builder().build();

  /** Largest number of requests that are answered together, at least 1. */
  @Builder.Default int batchSize = 32;

  /** Largest number of waiting requests, at least 1; further ones are rejected. */
  @Builder.Default int queueSize = 256;

  /** Number of steps after which requests join a new decoder, which limits the memory of each. */
  @Builder.Default int decoderSteps = 256;

  /** Builds valid limits. */
  public static class BatchLimitsBuilder {

    /**
     * Builds the limits.
     *
     * @throws IllegalArgumentException if one is below 1
     */
    public BatchLimits build() {
      BatchLimits limits = assemble();
      if (Math.min(limits.batchSize, Math.min(limits.queueSize, limits.decoderSteps)) < 1) {
        throw new IllegalArgumentException(
            "Limits of a batch need to be at least 1 but are " + limits + ". Raise them.");
      }
      return limits;
    }
  }
}
