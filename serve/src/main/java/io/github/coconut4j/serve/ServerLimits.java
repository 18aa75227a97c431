package io.github.coconut4j.serve;

import io.github.coconut4j.batch.AnswerRequest;
import io.github.coconut4j.batch.BatchLimits;
import io.github.coconut4j.model.internal.Arguments;
import java.time.Duration;
import lombok.Builder;
import lombok.Value;

/** The limits of a server for its clients. */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
public class ServerLimits {

  /** Far below the longest time that nanoseconds can count. */
  private static final Duration MOST_TIME = Duration.ofDays(365);

  /** The default limits. */
  public static final ServerLimits DEFAULT = builder().build();

  /** Largest body of a request, in bytes. */
  @Builder.Default int bodyBytes = 256 * 1024;

  /** Largest request line and headers, in bytes. */
  @Builder.Default int headerBytes = 8 * 1024;

  /** Largest nesting of arrays and objects in a body. */
  @Builder.Default int jsonDepth = 32;

  /** Largest number of simultaneous connections; further ones wait to be accepted. */
  @Builder.Default int connections = 256;

  /** Time for a request to arrive completely, and for an idle connection. */
  @Builder.Default Duration arrival = Duration.ofSeconds(15);

  /** Time for an answer to be complete, including waiting. */
  @Builder.Default Duration answer = Duration.ofMinutes(2);

  /** Largest number of tokens that may be requested. */
  @Builder.Default int newTokens = 4096;

  /** Largest number of thoughts that may be requested. */
  @Builder.Default int thoughts = 64;

  /** Time for running answers when the server stops. */
  @Builder.Default Duration stop = Duration.ofSeconds(10);

  /** Limits of each model's batch. */
  @Builder.Default BatchLimits batch = BatchLimits.DEFAULT;

  /** Builds valid limits. */
  public static class ServerLimitsBuilder {

    /**
     * Builds the limits.
     *
     * @throws IllegalArgumentException if one is below what any request needs, or a time is longer
     *     than a year
     */
    public ServerLimits build() {
      ServerLimits limits = assemble();
      Arguments.requireAtLeast(limits.bodyBytes, 1024, "bodyBytes");
      Arguments.requireAtLeast(limits.headerBytes, 1024, "headerBytes");
      Arguments.requireAtLeast(limits.jsonDepth, 8, "jsonDepth");
      Arguments.requireAtLeast(limits.connections, 1, "connections");
      Arguments.requireAtLeast(limits.newTokens, 1, "newTokens");
      Arguments.requireAtLeast(limits.thoughts, 0, "thoughts");
      require("arrival", limits.arrival, Duration.ofMillis(1));
      require("stop", limits.stop, Duration.ZERO);
      AnswerRequest.requireDeadline(limits.answer);
      return limits;
    }

    private static void require(String name, Duration value, Duration least) {
      Arguments.requireNonNull(value, name, "Leave it out for the default.");
      if (value.compareTo(least) < 0 || value.compareTo(MOST_TIME) > 0) {
        throw new IllegalArgumentException(
            name
                + " needs to be from "
                + least
                + " to "
                + MOST_TIME
                + " but is "
                + value
                + ". Change it.");
      }
    }
  }
}
