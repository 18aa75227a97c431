package io.github.coconut4j.analyze.thought;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.method.EncodedProblem;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Runs over problems in batches of similar length; each question is read once. */
public final class ThoughtRunner {

  private final CoconutModel model;
  private final Lengths most;
  private final int batchSize;

  /**
   * Makes a runner.
   *
   * @param most largest numbers of thoughts and tokens
   * @param batchSize largest number of rows per batch, at least 1
   */
  public ThoughtRunner(CoconutModel model, Lengths most, int batchSize) {
    this.model = model;
    this.most = most;
    this.batchSize = batchSize;
  }

  /**
   * Runs a task on every batch.
   *
   * @throws IllegalArgumentException if a question is too long or not in the vocabulary
   */
  public void forEachBatch(List<ReasoningProblem> problems, Consumer<ThoughtBatch> task) {
    List<int[]> questions =
        problems.stream()
            .map(problem -> EncodedProblem.question(problem.getQuestion(), model.getTokenizer()))
            .toList();
    int[] lengths = questions.stream().mapToInt(question -> question.length).toArray();
    for (int[] rows : Generator.batchesByLength(lengths, batchSize)) {
      List<int[]> prompts = IntStream.of(rows).mapToObj(questions::get).toList();
      try (ThoughtBatch batch = new ThoughtBatch(model, prompts, rows, most)) {
        task.accept(batch);
      }
    }
  }
}
