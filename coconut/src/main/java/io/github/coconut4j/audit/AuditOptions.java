package io.github.coconut4j.audit;

import lombok.Builder;
import lombok.Value;

/** How an audit measures. */
@Value
@Builder(buildMethodName = "assemble")
public class AuditOptions {

  /** Problems side by side, at least 1. */
  @Builder.Default int batchSize = 64;

  /** Tokens written at most after the thoughts, at least 1. */
  @Builder.Default int maxNewTokens = 128;

  /** Seed of noise, orders, whose thoughts are exchanged, and of the intervals' draws. */
  @Builder.Default long seed = 1;

  /** Builds valid options. */
  public static class AuditOptionsBuilder {

    /**
     * The options.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    public AuditOptions build() {
      AuditOptions options = assemble();
      requireAtLeastOne("batch", options.batchSize);
      requireAtLeastOne("max-new-tokens", options.maxNewTokens);
      return options;
    }

    private static void requireAtLeastOne(String option, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(
            option + " needs to be at least 1 but is " + value + ". Change it.");
      }
    }
  }
}
