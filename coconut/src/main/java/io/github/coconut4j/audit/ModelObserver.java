package io.github.coconut4j.audit;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.causal.Replacement;
import io.github.coconut4j.analyze.causal.Replacements;
import io.github.coconut4j.analyze.causal.ThoughtOrder;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.analyze.thought.LatentIntervention;
import io.github.coconut4j.analyze.thought.Lengths;
import io.github.coconut4j.analyze.thought.ThoughtBatch;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.model.Weights;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Observes one model on all problems, with its original and with altered thoughts. */
final class ModelObserver {

  private static final String REMEDY =
      "An audit adds a thought to those of training, so leave the problem out.";

  private final CoconutModel model;
  private final List<ReasoningProblem> problems;
  private final List<PathVerifier> verifiers;
  private final long seed;
  private final int thoughts;
  private final ThoughtRunner runner;
  private final ThoughtRecord record;
  private final Map<Series, double[]> series = new EnumMap<>(Series.class);
  private final String[] answers;
  private final AnswerFormat format;
  private final AnswerReader reader;
  private final FrontierRanks ranks;

  ModelObserver(
      CoconutModel model,
      List<ReasoningProblem> problems,
      List<PathVerifier> verifiers,
      AuditOptions options) {
    this.model = model;
    this.problems = problems;
    this.verifiers = verifiers;
    this.seed = options.getSeed();
    format = model.getConfig().thoughtSettings().getAnswers();
    thoughts = model.sequences().thoughts(model.getConfig().getDefaultLatents());
    Lengths lengths = new Lengths(thoughts + 1, options.getMaxNewTokens(), REMEDY);
    runner = new ThoughtRunner(model, lengths, options.getBatchSize());
    int width = model.getTransformer().getConfig().getNEmbd();
    record = new ThoughtRecord(problems.size(), thoughts, width);
    answers = new String[problems.size()];
    reader = new AnswerReader(model, problems);
    ranks = new FrontierRanks(model, problems, verifiers);
  }

  /** Number of times that each batch is continued. */
  static int continuations(int thoughts) {
    return thoughts == 0 ? 2 : thoughts + (thoughts == 1 ? 5 : 6);
  }

  /**
   * Observes everything.
   *
   * @param control whether the model is a control
   * @param afterEach called after each continuation of a batch
   */
  Observations observe(boolean control, Runnable afterEach) {
    for (Series each : Series.values()) {
      series.put(each, new double[problems.size()]);
    }
    runner.forEachBatch(problems, batch -> asTrained(batch, afterEach));
    double[] byCorrupted = thoughts == 0 ? new double[] {accuracy()} : altered(afterEach);
    return Observations.builder()
        .series(series)
        .steps(problems.stream().mapToInt(problem -> problem.getSteps().size()).toArray())
        .byCorrupted(byCorrupted)
        .control(control)
        .build();
  }

  private double accuracy() {
    return Arrays.stream(series.get(Series.CORRECT)).average().orElseThrow();
  }

  private void asTrained(ThoughtBatch batch, Runnable afterEach) {
    batch.think(thoughts, record.recorder());
    List<String> outputs = reader.read(batch, series.get(Series.CONFIDENCE));
    for (int row = 0; row < batch.sequences(); row++) {
      int problem = batch.getProblems()[row];
      answers[problem] = format.answer(outputs.get(row));
      series.get(Series.CORRECT)[problem] = right(problem, outputs.get(row));
    }
    afterEach.run();
    ranks.rank(batch, thoughts, series.get(Series.FRONTIER_RANK));
    afterEach.run();
  }

  private double right(int problem, String output) {
    return verifiers.get(problem).isLabelCorrect(output) ? 1 : 0;
  }

  private double[] altered(Runnable afterEach) {
    Weights weights = model.getTransformer().getWeights();
    Replacements replacements =
        new Replacements(
            record, problems.size(), weights.tokenTable(), weights.outputTable(), seed);
    LatentIntervention noise = replacements.of(Replacement.NOISE);
    double[] stillRight = new double[thoughts];
    if (thoughts == 1) {
      Arrays.fill(series.get(Series.CHANGED_BY_ORDER), Double.NaN); // one thought has one order
    }
    runner.forEachBatch(
        problems,
        batch -> {
          change(batch, Series.CHANGED_BY_MEAN, replacements.of(Replacement.MEAN), afterEach);
          change(
              batch,
              Series.CHANGED_BY_OTHER,
              replacements.of(Replacement.OTHER_PROBLEM),
              afterEach);
          if (thoughts > 1) {
            change(batch, Series.CHANGED_BY_ORDER, new ThoughtOrder(record, seed), afterEach);
          }
          batch.think(thoughts + 1, LatentIntervention.NONE);
          mark(batch, Series.CHANGED_BY_ONE_MORE, batch.write(), 1);
          afterEach.run();
          corrupt(batch, noise, stillRight, afterEach);
        });
    return IntStream.rangeClosed(0, thoughts)
        .mapToDouble(first -> first == 0 ? accuracy() : stillRight[first - 1] / problems.size())
        .toArray();
  }

  private void change(
      ThoughtBatch batch, Series into, LatentIntervention alteration, Runnable afterEach) {
    batch.think(thoughts, alteration);
    mark(batch, into, batch.write(), 1);
    afterEach.run();
  }

  /** Replaces the first thought by noise, then the first two, and so on. */
  private void corrupt(
      ThoughtBatch batch, LatentIntervention noise, double[] stillRight, Runnable afterEach) {
    for (int first = 1; first <= thoughts; first++) {
      batch.think(thoughts, noise.onlyFirst(first));
      List<String> outputs = batch.write();
      mark(batch, Series.CHANGED_BY_NOISE, outputs, thoughts);
      for (int row = 0; row < batch.sequences(); row++) {
        int problem = batch.getProblems()[row];
        double right = right(problem, outputs.get(row));
        stillRight[first - 1] += right;
        series.get(Series.LOST_TO_NOISE)[problem] +=
            (series.get(Series.CORRECT)[problem] - right) / thoughts;
      }
      afterEach.run();
    }
  }

  /** Adds 1 / {@code parts} for each answer that differs from the original one. */
  private void mark(ThoughtBatch batch, Series into, List<String> outputs, int parts) {
    for (int row = 0; row < batch.sequences(); row++) {
      int problem = batch.getProblems()[row];
      String answer = format.answer(outputs.get(row));
      series.get(into)[problem] += Objects.equals(answer, answers[problem]) ? 0 : 1.0 / parts;
    }
  }
}
