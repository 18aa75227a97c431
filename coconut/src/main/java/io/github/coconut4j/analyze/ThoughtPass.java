package io.github.coconut4j.analyze;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.analyze.tree.ConceptScorer;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.AnswerFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.Getter;

/**
 * One pass over the problems that forces 0, 1, 2, … thoughts for each and stores the thoughts,
 * every concept's value after them, and the outputs.
 */
@Getter(AccessLevel.PACKAGE)
final class ThoughtPass {

  private final List<PathVerifier> verifiers;
  private final ThoughtRecord record;

  /** Each problem's output after each number of thoughts [N + 1][P]. */
  private final String[][] outputs;

  /** Each problem's values of its concepts after 1, 2, … thoughts. */
  private final List<List<Map<String, Double>>> values = new ArrayList<>();

  private final ConceptScorer scorer;

  /** Number of thoughts that replace one step. */
  private final int thoughtsPerStep;

  /**
   * Prepares a pass.
   *
   * @param data name of the problems in errors
   * @param mostThoughts N
   * @throws io.github.coconut4j.data.InvalidProblemException if a problem does not have ProsQA's
   *     form, has no facts, or has a cycle
   */
  ThoughtPass(CoconutModel model, String data, List<ReasoningProblem> problems, int mostThoughts) {
    AnswerFormat answers = model.getConfig().thoughtSettings().getAnswers();
    verifiers = PathVerifier.all(data, problems, answers);
    thoughtsPerStep = model.getConfig().thoughtsPerStep();
    int width = model.getTransformer().getConfig().getNEmbd();
    record = new ThoughtRecord(problems.size(), mostThoughts, width);
    outputs = new String[mostThoughts + 1][problems.size()];
    problems.forEach(problem -> values.add(new ArrayList<>()));
    scorer = new ConceptScorer(model.getTokenizer(), concepts(0).get(0));
  }

  /** Runs over all problems. */
  void run(ThoughtRunner runner, List<ReasoningProblem> problems, Runnable afterEach) {
    runner.forEachBatch(
        problems,
        batch -> {
          for (int thoughts = 0; thoughts < outputs.length; thoughts++) {
            force(batch, thoughts);
            afterEach.run();
          }
        });
  }

  private void force(ThoughtBatch batch, int thoughts) {
    boolean last = thoughts == record.thoughts();
    batch.think(thoughts, last ? record.recorder() : LatentIntervention.NONE);
    int[] rows = batch.getProblems();
    if (thoughts > 0) {
      List<List<String>> concepts = Arrays.stream(rows).mapToObj(this::concepts).toList();
      List<Map<String, Double>> scored = scorer.score(batch, concepts);
      IntStream.range(0, rows.length).forEach(i -> values.get(rows[i]).add(scored.get(i)));
    }
    List<String> written = batch.write();
    IntStream.range(0, rows.length).forEach(i -> outputs[thoughts][rows[i]] = written.get(i));
  }

  private List<String> concepts(int problem) {
    return verifiers.get(problem).getGraph().concepts();
  }

  List<SearchTree> trees() {
    return IntStream.range(0, verifiers.size())
        .mapToObj(
            i -> SearchTree.of(i, verifiers.get(i).getGraph(), values.get(i), thoughtsPerStep))
        .toList();
  }

  /** Whether the first problems were answered correctly after this many thoughts. */
  boolean[] right(int thoughts, int problems) {
    boolean[] right = new boolean[problems];
    for (int i = 0; i < problems; i++) {
      right[i] = verifiers.get(i).isLabelCorrect(outputs[thoughts][i]);
    }
    return right;
  }
}
