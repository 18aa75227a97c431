package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.github.coconut4j.evaluate.Evaluation;
import java.time.Instant;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** What an evaluation during training found: a line of {@code metrics.jsonl}. */
@Value
@Builder
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class EvaluationMetrics {

  /** Updates done. */
  int step;

  /** Epoch, from 0. */
  int epoch;

  /** Stage of the curriculum, from 0. */
  int stage;

  /** Share of right answers, 0 to 1. */
  double evalAccuracy;

  /** Share of chains written as in the problem, 0 to 1. */
  double evalChainMatch;

  /** Tokens generated or thought after the question, on average. */
  double evalMeanTokens;

  /** Mean cross-entropy over the labelled tokens of the stage's sequences, in nats. */
  double evalLoss;

  /** When the evaluation ended, as ISO 8601. */
  String time;

  /** What an evaluation found, which has just ended. */
  static EvaluationMetrics of(TrainingState state, Evaluation evaluation, double loss) {
    return builder()
        .step(state.getStep())
        .epoch(state.getEpoch())
        .stage(state.getStage())
        .evalAccuracy(evaluation.accuracy())
        .evalChainMatch(evaluation.chainMatch())
        .evalMeanTokens(evaluation.meanTokens())
        .evalLoss(loss)
        .time(Instant.now().toString())
        .build();
  }
}
