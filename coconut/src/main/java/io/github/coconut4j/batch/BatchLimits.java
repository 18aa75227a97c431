package io.github.coconut4j.batch;

import lombok.Builder;
import lombok.Value;

/** How much a batch takes. */
@Value
@Builder(buildMethodName = "assemble")
public class BatchLimits {

  /** The limits that are used where none are given. */
  public static final BatchLimits DEFAULT = builder().build();

  /** Requests that are answered together, at least 1. */
  @Builder.Default int batchSize = 32;

  /** Requests that wait to join, at least 1; further ones are refused. */
  @Builder.Default int queueSize = 256;

  /** Steps after which requests join a new decoder, so that the memory of one is bounded. */
  @Builder.Default int decoderSteps = 256;

  /** Builds valid limits. */
  public static class BatchLimitsBuilder {

    /**
     * The limits.
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
