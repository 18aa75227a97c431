package io.github.coconut4j.train;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.github.coconut4j.evaluate.Evaluation;
import java.time.Instant;
import java.util.List;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** What an evaluation during training found: a line of {@code metrics.jsonl}. */
@Value
@Builder(toBuilder = true)
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

  /**
   * Norm of what each latent is fed, from the first, divided by the mean norm of word embeddings;
   * this and the next three over a batch of the stage's sequences, null without latents.
   */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentNormRatio;

  /** Cosine of what each latent and the one before are fed; null for the first. */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentCosine;

  /** Effective rank of what sequences feed each latent: 1 where all feed the same but for scale. */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentEffectiveRank;

  /** Norm of the loss's gradient with respect to what each latent is fed. */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentGradNorm;

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

  /** The same with what was measured of latents; without, if there are none. */
  EvaluationMetrics withLatents(LatentStatistics latents) {
    return latents.getNormRatio().isEmpty()
        ? this
        : toBuilder()
            .latentNormRatio(latents.getNormRatio())
            .latentCosine(latents.getCosine())
            .latentEffectiveRank(latents.getEffectiveRank())
            .latentGradNorm(latents.getGradNorm())
            .build();
  }
}
