package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;

/**
 * Divides the answering of problems among ranks. Batches and answers are the same as those of one
 * process; each rank computes some batches, and all ranks get all answers.
 */
@RequiredArgsConstructor
final class SharedEvaluation {

  private final CoconutModel model;
  private final GenerationOptions options;
  private final Ranks ranks;

  /**
   * Answers and scores problems in order; all ranks must call it.
   *
   * @throws IllegalArgumentException if there are no problems, or one is too long
   */
  Evaluation evaluate(List<ReasoningProblem> problems) {
    Evaluator evaluator = new Evaluator(model, options);
    if (!ranks.areSeveral() || problems.isEmpty()) {
      return evaluator.evaluate(problems);
    }
    final long start = System.nanoTime();
    Generation[] answers = new Generation[problems.size()];
    List<int[]> batches = batches(evaluator, problems);
    for (int i = 0; i < batches.size(); i++) {
      if (ranks.evaluates(i)) {
        answer(evaluator, problems, batches.get(i), answers);
      }
    }
    List<Generation> all = joined(problems, answers);
    List<ScoredGeneration> scored =
        IntStream.range(0, problems.size())
            .mapToObj(i -> new ScoredGeneration(problems.get(i), all.get(i)))
            .toList();
    return new Evaluation(scored, (System.nanoTime() - start) / 1e9);
  }

  private List<int[]> batches(Evaluator evaluator, List<ReasoningProblem> problems) {
    List<String> questions = problems.stream().map(ReasoningProblem::getQuestion).toList();
    int[] thoughts = problems.stream().mapToInt(evaluator::thoughts).toArray();
    return model.batches(questions, thoughts, options);
  }

  private static void answer(
      Evaluator evaluator, List<ReasoningProblem> problems, int[] batch, Generation[] answers) {
    List<ScoredGeneration> scored =
        evaluator.evaluate(IntStream.of(batch).mapToObj(problems::get).toList()).getGenerations();
    for (int i = 0; i < batch.length; i++) {
      answers[batch[i]] = scored.get(i).getGeneration();
    }
  }

  /** Sends latents and tokens of each answer to all ranks, which decode the texts again. */
  private List<Generation> joined(List<ReasoningProblem> problems, Generation[] own) {
    int[] latents = joined(Arrays.stream(own).mapToInt(one -> one == null ? 0 : one.getLatents()));
    int[] lengths =
        joined(Arrays.stream(own).mapToInt(one -> one == null ? 0 : one.getTokenIds().length));
    int[] tokens =
        joined(
            IntStream.range(0, own.length)
                .flatMap(
                    i ->
                        own[i] == null
                            ? IntStream.range(0, lengths[i]).map(token -> 0)
                            : IntStream.of(own[i].getTokenIds())));
    Generation[] all = new Generation[own.length];
    for (int i = 0, from = 0; i < all.length; from += lengths[i], i++) {
      int[] ids = Arrays.copyOfRange(tokens, from, from + lengths[i]);
      all[i] = model.generation(problems.get(i).getQuestion(), latents[i], ids);
    }
    return List.of(all);
  }

  private int[] joined(IntStream own) {
    return Arrays.stream(ranks.joined(own.asDoubleStream().toArray()))
        .mapToInt(value -> (int) value)
        .toArray();
  }
}
