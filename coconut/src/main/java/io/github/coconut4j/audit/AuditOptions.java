package io.github.coconut4j.audit;

import io.github.coconut4j.model.internal.Arguments;
import lombok.Builder;
import lombok.Value;

/** Options of an audit. */
@Value
@Builder(buildMethodName = "assemble")
public class AuditOptions {

  /** Batch size, at least 1. */
  @Builder.Default int batchSize = 64;

  /** Largest number of tokens generated after the thoughts, at least 1. */
  @Builder.Default int maxNewTokens = 128;

  /** Seed of noise, orders, the exchange of thoughts, and of the intervals' bootstrap. */
  @Builder.Default long seed = 1;

  /** Builds valid options. */
  public static class AuditOptionsBuilder {

    /**
     * Builds the options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public AuditOptions build() {
      AuditOptions options = assemble();
      Arguments.requireAtLeast(options.batchSize, 1, "batch");
      Arguments.requireAtLeast(options.maxNewTokens, 1, "max-new-tokens");
      return options;
    }
  }
}
