package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lombok.Builder;

/**
 * Evaluation of a model while it trains, on its stage's sequences and prompts. Ranks divide its
 * batches, and all get the same metrics.
 */
@Builder
final class Validation {

  private final CoconutModel model;
  private final Objective objective;
  private final List<ReasoningProblem> problems;
  private final GenerationOptions options;
  private final ProblemEncoder encoder;

  /** Largest number of sequences whose latents are measured. */
  private final int mostMeasured;

  /** File for samples of the output. */
  private final Path samples;

  private final Ranks ranks;

  EvaluationMetrics run(TrainingState state) throws IOException {
    int stage = state.getStage();
    Evaluation evaluation = evaluate(stage);
    if (ranks.isFirst()) {
      EvaluationSamples.of(state, evaluation).write(samples);
    }
    return EvaluationMetrics.of(state, evaluation, loss(stage)).withLatents(latents(stage));
  }

  private Evaluation evaluate(int stage) {
    return new SharedEvaluation(model.atStage(stage), options, ranks).evaluate(problems);
  }

  /**
   * The mean of the batches' losses, weighted by their items and summed in order. Whether it
   * depends on the batches is up to the objective, see {@link Objective.Targets}.
   */
  double loss(int stage) {
    int size = options.getBatchSize();
    int batches = 1 + (problems.size() - 1) / size;
    double[] sums = new double[batches];
    double[] counts = new double[batches];
    for (int i = 0; i < batches; i++) {
      if (ranks.evaluates(i)) {
        int to = Math.min(problems.size(), (i + 1) * size);
        LatentBatch batch = batch(problems.subList(i * size, to), stage);
        int items = objective.targets(batch).count();
        sums[i] = model.getTransformer().loss(batch, objective) * items;
        counts[i] = items;
      }
    }
    return sum(ranks.joined(sums)) / sum(ranks.joined(counts));
  }

  /** Sums in order, unlike the compensated sum of a stream. */
  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /** Statistics of the first problems, as many as an update has memory for. */
  private LatentStatistics latents(int stage) {
    int rows = Math.min(problems.size(), mostMeasured);
    LatentBatch batch = batch(problems.subList(0, rows), stage);
    return LatentStatistics.of(model.getTransformer(), batch, objective);
  }

  private LatentBatch batch(List<ReasoningProblem> rows, int stage) {
    SequenceBuilder builder = model.sequences();
    List<TokenSequence> sequences =
        rows.stream()
            .map(encoder::encode)
            .map(problem -> builder.training(problem, stage))
            .toList();
    return LatentBatch.of(new SequenceBatcher(encoder.getEos()).batch(sequences));
  }
}
