package io.github.coconut4j.analyze.thought;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.method.EncodedProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Runs over problems in batches of similar length; each question is read once. */
public final class ThoughtRunner {

  private final CoconutModel model;
  private final Lengths most;
  private final int batchSize;

  /** Number of tokens between a question and its first thought. */
  private final int markers;

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
    markers = model.getConfig().getSpecialTokens().getStartLatent() == null ? 0 : 1;
  }

  /**
   * Checks problems, before anything is computed.
   *
   * @throws IllegalArgumentException if a question is too long or not in the vocabulary
   */
  public void requireReadable(List<ReasoningProblem> problems) {
    encoded(problems);
  }

  private List<int[]> encoded(List<ReasoningProblem> problems) {
    int positions = model.getTransformer().getConfig().longestSequence();
    List<int[]> questions = new ArrayList<>();
    for (ReasoningProblem problem : problems) {
      int[] question = EncodedProblem.question(problem.getQuestion(), model.getTokenizer());
      most.room(question.length + markers, positions);
      questions.add(question);
    }
    return questions;
  }

  /**
   * Runs a task on every batch.
   *
   * @throws IllegalArgumentException if a question is too long or not in the vocabulary
   */
  public void forEachBatch(List<ReasoningProblem> problems, Consumer<ThoughtBatch> task) {
    List<int[]> questions = encoded(problems);
    int[] lengths = questions.stream().mapToInt(question -> question.length).toArray();
    for (int[] rows : batches(lengths)) {
      List<int[]> prompts = IntStream.of(rows).mapToObj(questions::get).toList();
      try (ThoughtBatch batch = new ThoughtBatch(model, prompts, rows, most)) {
        task.accept(batch);
      }
    }
  }

  /**
   * Batches of similar length. All rows of a batch have as much room as its longest question, so
   * that questions whose texts the model's last position may cut share one only with questions of
   * their own length: a text does not depend on the others.
   */
  private List<int[]> batches(int[] lengths) {
    int tokens = Math.max(most.getNewTokens(), ThoughtBatch.SCORED_TOKENS);
    int uncut =
        model.getTransformer().getConfig().longestSequence()
            - markers
            - 1
            - most.getThoughts()
            - tokens;
    List<int[]> batches = new ArrayList<>();
    for (int[] rows : Generator.batchesByLength(lengths, batchSize)) {
      IntStream.of(rows)
          .boxed()
          .collect(
              Collectors.groupingBy(
                  i -> Math.max(lengths[i], uncut), TreeMap::new, Collectors.toList()))
          .values()
          .forEach(alike -> batches.add(alike.stream().mapToInt(Integer::intValue).toArray()));
    }
    return batches;
  }
}
