package io.github.coconut4j.serve.page;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.analyze.causal.Replacements;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.thought.Lengths;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.analyze.tree.ConceptScorer;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Computes the thoughts for a question one by one, with the reading of each thought, the nodes'
 * values after it, and the answer at that point. Thoughts may be replaced.
 */
final class ThoughtWatch {

  /** Problems whose thoughts are used for the mean thought and for another problem's thought. */
  private static final String OTHERS = "prosqa-balanced:15:4242";

  private static final int TOKENS_READ = 5;
  private static final int TOKENS_WRITTEN = 64;
  private static final int ROWS = 16;

  /** Replacements that other problems' thoughts are needed for. */
  private static final Set<Replacement> OF_OTHERS =
      Set.of(Replacement.MEAN, Replacement.OTHER_PROBLEM);

  private static final String REMEDY = "Ask for fewer thoughts, or a shorter question.";

  private final CoconutModel model;
  private final int thoughts;
  private final Map<Integer, Replacement> replaced;
  private final ReasoningProblem problem;
  private final ThoughtRunner runner;

  /**
   * Makes what computes the thoughts.
   *
   * @param thoughts number of thoughts, at least 0
   * @param replaced replacements by index of the thought, from 0
   */
  ThoughtWatch(
      CoconutModel model, String question, int thoughts, Map<Integer, Replacement> replaced) {
    this.model = model;
    this.thoughts = thoughts;
    this.replaced = replaced;
    problem =
        ReasoningProblem.builder().question(question).steps(List.of()).answer("unknown").build();
    runner = new ThoughtRunner(model, new Lengths(thoughts, TOKENS_WRITTEN, REMEDY), ROWS);
  }

  /**
   * Checks the question.
   *
   * @throws IllegalArgumentException if it is too long or not in the vocabulary
   */
  void requireReadable() {
    runner.requireReadable(List.of(problem));
  }

  /**
   * Checks the other problems, if a replacement needs them.
   *
   * @throws IllegalArgumentException if one is too long or not in the vocabulary
   */
  void requireOthersReadable() throws IOException {
    runner.requireReadable(others());
  }

  private List<ReasoningProblem> others() throws IOException {
    return Collections.disjoint(replaced.values(), OF_OTHERS)
        ? List.of()
        : ProblemSource.of(OTHERS).problems(Set.of());
  }

  /**
   * Computes the thoughts.
   *
   * @param graph the question's graph, or null
   * @param seed seed of the noise and of the other problem
   */
  Map<String, Object> think(QuestionGraph graph, long seed) throws IOException {
    LatentIntervention intervention =
        replaced.isEmpty() ? LatentIntervention.NONE : replacing(seed);
    List<Map<String, Object>> answers = new ArrayList<>();
    ThoughtRecord record = record(1);
    runner.forEachBatch(
        List.of(problem),
        batch -> {
          for (int number = 0; number <= thoughts; number++) {
            boolean last = number == thoughts;
            batch.think(number, last ? recorded(intervention, record) : intervention);
            Map<String, Object> state = new LinkedHashMap<>();
            if (graph != null && !graph.concepts().isEmpty()) {
              List<String> concepts = graph.concepts();
              ConceptScorer scorer = new ConceptScorer(model.getTokenizer(), concepts.get(0));
              state.put("values", scorer.score(batch, List.of(concepts)).get(0));
            }
            String output = batch.write().get(0);
            state.put("output", output);
            String answer = model.getConfig().thoughtSettings().getAnswers().answer(output);
            state.put("answer", answer);
            state.put("chosen", graph == null ? null : graph.chosen(answer).orElse(null));
            answers.add(state);
          }
        });
    return Map.of("states", answers, "thoughts", described(record));
  }

  private ThoughtRecord record(int problems) {
    return new ThoughtRecord(problems, thoughts, model.getTransformer().getConfig().getNEmbd());
  }

  private static LatentIntervention recorded(LatentIntervention before, ThoughtRecord record) {
    LatentIntervention recorder = record.recorder();
    return (thought, problems, latents) ->
        recorder.replace(thought, problems, before.replace(thought, problems, latents));
  }

  private LatentIntervention replacing(long seed) throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>(List.of(problem));
    problems.addAll(others());
    ThoughtRecord record = record(problems.size());
    runner.forEachBatch(problems, batch -> batch.think(thoughts, record.recorder()));
    INDArray tokens = model.getTransformer().getWeights().tokenTable();
    INDArray outputs = model.getTransformer().getWeights().outputTable();
    Replacements replacements = new Replacements(record, problems.size(), tokens, outputs, seed);
    return (thought, rows, latents) ->
        replaced.containsKey(thought)
            ? replacements.of(replaced.get(thought)).replace(thought, rows, latents)
            : latents;
  }

  private List<Map<String, Object>> described(ThoughtRecord record) {
    INDArray table = model.getTransformer().getWeights().outputTable();
    List<Map<String, Object>> all = new ArrayList<>();
    for (int number = 0; number < thoughts; number++) {
      INDArray thought = record.thought(number);
      Map<String, Object> described = new LinkedHashMap<>();
      described.put("norm", finite(thought.norm2Number().doubleValue()));
      described.put(
          "similarity",
          number == 0 ? null : finite(Transforms.cosineSim(record.thought(number - 1), thought)));
      described.put("replaced", replaced.get(number));
      described.put(
          "tokens",
          LatentReading.of(thought, number + 1, table, TOKENS_READ, model.getTokenizer()::display)
              .stream()
              .map(
                  reading ->
                      Map.of("token", reading.getToken(), "probability", reading.getProbability()))
              .toList());
      all.add(described);
    }
    return all;
  }

  /** JSON has no NaN, which is the cosine with a zero vector. */
  private static Double finite(double number) {
    return Double.isFinite(number) ? number : null;
  }
}
