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

/** The results of an evaluation during training: a line of {@code metrics.jsonl}. */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class EvaluationMetrics {

  /** Number of updates done. */
  int step;

  /** Epoch, from 0. */
  int epoch;

  /** Stage of the curriculum, from 0. */
  int stage;

  /** Share of correct answers, 0 to 1. */
  double evalAccuracy;

  /** Share of chains written as in the problem, 0 to 1. */
  double evalChainMatch;

  /** Mean number of thoughts and generated tokens after the question. */
  double evalMeanTokens;

  /** Mean cross-entropy over the labelled tokens of the stage's sequences, in nats. */
  double evalLoss;

  /**
   * Norm of each latent's input, from the first latent, divided by the mean norm of word
   * embeddings. This and the next three are over a batch of the stage's sequences, and null without
   * latents.
   */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentNormRatio;

  /** Cosine between the inputs of each latent and the previous one; null for the first. */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentCosine;

  /**
   * Effective rank of each latent's inputs over sequences: 1 if all inputs differ only in scale.
   */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentEffectiveRank;

  /** Norm of the loss's gradient with respect to each latent's input. */
  @JsonInclude(Include.NON_NULL)
  @JsonSerialize(contentUsing = FiniteNumber.Writer.class)
  @JsonDeserialize(contentUsing = FiniteNumber.Reader.class)
  List<Double> latentGradNorm;

  /** When the evaluation ended, as ISO 8601. */
  String time;

  /** The metrics of an evaluation that has just ended. */
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

  /** The same with statistics of latents, if there are latents. */
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
