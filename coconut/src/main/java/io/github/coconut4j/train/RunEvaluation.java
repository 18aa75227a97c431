package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.model.latent.Objective;
import java.nio.file.Path;
import java.util.List;
import lombok.Builder;

/**
 * How a run evaluates its model: during training on the first problems of {@code val_path}, else on
 * all of them, always with the same options.
 */
@Builder
final class RunEvaluation {

  private static final int BATCH_SIZE = 64;

  /** Largest number of sequences whose latents are measured. */
  private static final int MOST_MEASURED = 32;

  private final TrainingConfig config;

  /** The live model. */
  private final CoconutModel model;

  private final Objective objective;

  /** All problems to evaluate on; may be empty. */
  private final List<ReasoningProblem> problems;

  private final ProblemEncoder encoder;

  /** File for samples of the output. */
  private final Path samples;

  private final Ranks ranks;

  /** Evaluation on the first {@code eval_limit} problems; null if there are no problems. */
  Validation duringTraining() {
    if (problems.isEmpty()) {
      return null;
    }
    Integer limit = config.getEvalLimit();
    return limit == null || limit > problems.size()
        ? validation(problems)
        : validation(problems.subList(0, limit));
  }

  private Validation validation(List<ReasoningProblem> chosen) {
    return Validation.builder()
        .model(model)
        .objective(objective)
        .problems(chosen)
        .options(options())
        .encoder(encoder)
        .mostMeasured(Math.min(MOST_MEASURED, config.getBatchSizeTraining()))
        .samples(samples)
        .ranks(ranks)
        .build();
  }

  /**
   * Scores the model of a stage on all problems; all ranks must call it.
   *
   * @throws IllegalArgumentException if there are no problems
   */
  Evaluation evaluate(int stage) {
    return new SharedEvaluation(model.atStage(stage), options(), ranks).evaluate(problems);
  }

  /**
   * The objective's mean loss over all problems, on the sequences of a stage; all ranks must call
   * it.
   *
   * @throws IllegalArgumentException if there are no problems
   */
  double loss(int stage) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException(
          "An evaluation's loss needs at least 1 problem but got none. Name some with `val_path`.");
    }
    return validation(problems).loss(stage);
  }

  /** Options of inference. */
  GenerationOptions options() {
    return GenerationOptions.builder()
        .latents(config.getEvalLatents())
        .maxNewTokens(config.newTokenLimit())
        .batchSize(BATCH_SIZE)
        .build();
  }
}
