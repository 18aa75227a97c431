package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.ProblemEncoder;
import io.github.coconut4j.method.SequenceBuilder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import java.util.List;
import lombok.RequiredArgsConstructor;

/** Evaluation of a model while it trains, on its stage's sequences and prompts. */
@RequiredArgsConstructor
final class Validation {

  private final CoconutModel model;
  private final Objective objective;
  private final List<ReasoningProblem> problems;
  private final GenerationOptions options;
  private final ProblemEncoder encoder;

  EvaluationMetrics run(TrainingState state) {
    return EvaluationMetrics.of(state, evaluate(state.getStage()), loss(state.getStage()));
  }

  private Evaluation evaluate(int stage) {
    CoconutModel current = model.withConfig(model.getConfig().atStage(stage));
    return new Evaluator(current, options).evaluate(problems);
  }

  /** The objective's mean over all its items, whatever the batches. */
  double loss(int stage) {
    SequenceBuilder builder = model.sequences();
    List<TokenSequence> sequences =
        problems.stream()
            .map(encoder::encode)
            .map(problem -> builder.training(problem, stage))
            .toList();
    double sum = 0;
    long count = 0;
    for (int from = 0; from < sequences.size(); from += options.getBatchSize()) {
      int to = Math.min(sequences.size(), from + options.getBatchSize());
      List<TokenSequence> rows = sequences.subList(from, to);
      LatentBatch batch = LatentBatch.of(new SequenceBatcher(encoder.getEos()).batch(rows));
      int items = objective.targets(batch).count();
      sum += model.getTransformer().loss(batch, objective) * items;
      count += items;
    }
    return sum / count;
  }
}
