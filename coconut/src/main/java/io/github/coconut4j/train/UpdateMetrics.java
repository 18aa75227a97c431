package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** The metrics of one update: a line of {@code metrics.jsonl}. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class UpdateMetrics {

  /** Number of the update, from 1. */
  int step;

  /** Epoch, from 0. */
  int epoch;

  /** Stage of the curriculum, from 0. */
  int stage;

  /**
   * Mean cross-entropy over the labelled tokens before the update, in nats; null in JSON if not
   * finite.
   */
  @JsonSerialize(using = FiniteNumber.Writer.class)
  @JsonDeserialize(using = FiniteNumber.Reader.class)
  double loss;

  /** Learning rate of the update. */
  double lr;

  /** Norm of all gradients before clipping; null in JSON if not finite. */
  @JsonSerialize(using = FiniteNumber.Writer.class)
  @JsonDeserialize(using = FiniteNumber.Reader.class)
  double gradNorm;

  /** Number of real tokens per second, including latents but not padding. */
  double tokensPerSecond;

  /** When the update ended, as ISO 8601. */
  String time;
}
