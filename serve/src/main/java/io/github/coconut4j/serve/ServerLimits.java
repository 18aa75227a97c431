package io.github.coconut4j.serve;

import io.github.coconut4j.batch.BatchLimits;
import java.time.Duration;
import lombok.Builder;
import lombok.Value;

/** How much a server takes from its clients. */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
public class ServerLimits {

  /** The limits that are used where none are given. */
  public static final ServerLimits DEFAULT = builder().build();

  /** Bytes of a request's body. */
  @Builder.Default int bodyBytes = 256 * 1024;

  /** Bytes of a request's line and headers. */
  @Builder.Default int headerBytes = 8 * 1024;

  /** Arrays and objects inside each other in a body. */
  @Builder.Default int jsonDepth = 32;

  /** Connections at once; further ones wait to be accepted. */
  @Builder.Default int connections = 256;

  /** For a request to arrive whole, and for a connection to stay without one. */
  @Builder.Default Duration arrival = Duration.ofSeconds(15);

  /** For an answer to be complete, waiting included. */
  @Builder.Default Duration answer = Duration.ofMinutes(2);

  /** Tokens that may be asked for. */
  @Builder.Default int newTokens = 4096;

  /** Thoughts that may be asked for. */
  @Builder.Default int thoughts = 64;

  /** For answers that are under way when the server stops. */
  @Builder.Default Duration stop = Duration.ofSeconds(10);

  /** Of each model's batch. */
  @Builder.Default BatchLimits batch = BatchLimits.DEFAULT;

  /** Builds valid limits. */
  public static class ServerLimitsBuilder {

    /**
     * The limits.
     *
     * @throws IllegalArgumentException if one is below what any request needs
     */
    public ServerLimits build() {
      ServerLimits limits = assemble();
      require("bodyBytes", limits.bodyBytes, 1024);
      require("headerBytes", limits.headerBytes, 1024);
      require("jsonDepth", limits.jsonDepth, 8);
      require("connections", limits.connections, 1);
      require("newTokens", limits.newTokens, 1);
      require("thoughts", limits.thoughts, 0);
      return limits;
    }

    private static void require(String name, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(
            name + " needs to be at least " + least + " but is " + value + ". Raise it.");
      }
    }
  }
}
