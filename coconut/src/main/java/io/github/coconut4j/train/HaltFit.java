package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.extern.slf4j.Slf4j;

/**
 * Fits a trained model's stop signal, {@link HaltHead}, to the correctness of its own answers. The
 * model answers some training problems after every number of thoughts from 1 on, and a logistic
 * regression predicts from the hidden state whether the answer was correct. It is fitted on half of
 * the problems. On the other half, the weight decay is chosen by cross-entropy, and the threshold
 * as the lowest that keeps the accuracy.
 */
@Slf4j
final class HaltFit {

  /** Largest number of problems that are answered. */
  private static final int MOST_PROBLEMS = 512;

  /**
   * Largest loss of accuracy by stopping early, on the problems used for choosing the threshold.
   */
  private static final double ALLOWED_LOSS = 0.0025;

  private static final double[] DECAYS = {0.01, 0.03, 0.1, 0.3, 1, 3};

  private static final double[] THRESHOLDS = {
    0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999
  };

  private final CoconutModel model;
  private final GenerationOptions options;

  /** A problem's hidden states and correctness; entry k - 1 is after k thoughts. */
  record Answered(double[][] hiddenStates, boolean[] correct) {}

  /**
   * Prepares a fit.
   *
   * @param options options of inference; their number of latents, if set, is the maximum
   */
  HaltFit(CoconutModel model, GenerationOptions options) {
    this.model = model;
    this.options = options.toBuilder().halt(Halt.FIXED).haltThreshold(null).build();
  }

  /**
   * Returns the model with its stop signal.
   *
   * @param problems training problems, some of which are answered
   * @param threshold probability from which thoughts end, or null to choose it
   * @return the same model, with a warning, if fewer than two problems have at least two thoughts,
   *     so that one could be left out
   */
  CoconutModel fit(List<ReasoningProblem> problems, Double threshold) {
    List<Answered> answered = answered(evenly(problems));
    List<Answered> fitted = everySecond(answered, 0);
    List<Answered> heldOut = everySecond(answered, 1);
    if (fitted.isEmpty() || heldOut.isEmpty()) {
      log.warn(
          "`halt: learned` needs at least 2 training problems with 2 thoughts or more, but there"
              + " are {}. The model thinks a fixed number of times; raise `c_thought` or"
              + " `max_latent_stage`, or leave `halt` out.",
          answered.size());
      return model;
    }
    LogisticRegression regression = regression(fitted, heldOut);
    double chosen = threshold == null ? threshold(regression, heldOut) : threshold;
    return model.withHaltHead(new HaltHead(regression.weight(), regression.bias(), chosen));
  }

  /** The regression with the weight decay that predicts held-out problems best. */
  private static LogisticRegression regression(List<Answered> fitted, List<Answered> heldOut) {
    double[][] features = features(fitted);
    List<Boolean> labels = labels(fitted);
    double[][] heldOutFeatures = features(heldOut);
    List<Boolean> heldOutLabels = labels(heldOut);
    return DoubleStream.of(DECAYS)
        .mapToObj(decay -> LogisticRegression.fit(features, labels, decay))
        .min(Comparator.comparingDouble(each -> each.crossEntropy(heldOutFeatures, heldOutLabels)))
        .orElseThrow();
  }

  private static double[][] features(List<Answered> problems) {
    return problems.stream().flatMap(each -> Stream.of(each.hiddenStates)).toArray(double[][]::new);
  }

  private static List<Boolean> labels(List<Answered> problems) {
    return problems.stream()
        .flatMap(each -> IntStream.range(0, each.correct.length).mapToObj(i -> each.correct[i]))
        .toList();
  }

  /** The lowest threshold that keeps the accuracy; 1, by which no thoughts end, if none does. */
  static double threshold(LogisticRegression regression, List<Answered> problems) {
    double full = accuracy(problems, regression, 1);
    return DoubleStream.of(THRESHOLDS)
        .filter(threshold -> accuracy(problems, regression, threshold) >= full - ALLOWED_LOSS)
        .findFirst()
        .orElse(1);
  }

  /** Accuracy if thoughts end at the first thought that reaches a threshold, or the last. */
  private static double accuracy(
      List<Answered> problems, LogisticRegression regression, double threshold) {
    long correct =
        problems.stream()
            .filter(
                each -> {
                  int last = each.correct.length - 1;
                  int stop =
                      IntStream.range(0, last)
                          .filter(k -> regression.probability(each.hiddenStates[k]) >= threshold)
                          .findFirst()
                          .orElse(last);
                  return each.correct[stop];
                })
            .count();
    return (double) correct / problems.size();
  }

  private static List<Answered> everySecond(List<Answered> all, int from) {
    return IntStream.range(0, all.size()).filter(i -> i % 2 == from).mapToObj(all::get).toList();
  }

  /** Problems at regular intervals, so that files sorted by difficulty are sampled evenly. */
  private static List<ReasoningProblem> evenly(List<ReasoningProblem> problems) {
    int count = Math.min(problems.size(), MOST_PROBLEMS);
    return IntStream.range(0, count)
        .mapToObj(i -> problems.get((int) ((long) i * problems.size() / count)))
        .toList();
  }

  private List<Answered> answered(List<ReasoningProblem> problems) {
    Evaluator evaluator = new Evaluator(model, options);
    List<ReasoningProblem> thought =
        problems.stream().filter(problem -> evaluator.thoughts(problem) > 1).toList();
    int[] most = thought.stream().mapToInt(evaluator::thoughts).toArray();
    List<Answered> answered = new ArrayList<>();
    for (int i = 0; i < most.length; i++) {
      answered.add(new Answered(new double[most[i]][], new boolean[most[i]]));
    }
    int largest = IntStream.of(most).max().orElse(0);
    for (int thoughts = 1; thoughts <= largest; thoughts++) {
      int k = thoughts;
      int[] asked = IntStream.range(0, most.length).filter(i -> most[i] >= k).toArray();
      answer(thought, asked, k, answered);
    }
    for (int from = 0; from < most.length; from += options.getBatchSize()) {
      int to = Math.min(most.length, from + options.getBatchSize());
      think(thought.subList(from, to), answered.subList(from, to));
    }
    return answered;
  }

  private void answer(
      List<ReasoningProblem> problems, int[] asked, int thoughts, List<Answered> answered) {
    GenerationOptions fixed = options.toBuilder().latents(thoughts).build();
    List<ReasoningProblem> each = IntStream.of(asked).mapToObj(problems::get).toList();
    var scored = new Evaluator(model, fixed).evaluate(each).getGenerations();
    for (int i = 0; i < asked.length; i++) {
      answered.get(asked[i]).correct[thoughts - 1] = scored.get(i).isCorrect();
    }
  }

  /** Collects hidden states while a batch computes its thoughts. */
  private void think(List<ReasoningProblem> problems, List<Answered> answered) {
    List<TokenSequence> openings =
        problems.stream()
            .map(problem -> EncodedProblem.question(problem.getQuestion(), model.getTokenizer()))
            .map(model.sequences()::opening)
            .toList();
    int padding = model.getConfig().getSpecialTokens().getEos();
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(padding).batch(openings));
    int largest = answered.stream().mapToInt(each -> each.correct.length).max().orElseThrow();
    try (Decoder decoder = model.getTransformer().decoder(batch, largest)) {
      for (int k = 0; k < largest; k++) {
        decoder.advance(decoder.latents());
        double[][] hiddenStates = decoder.hiddenStates().toDoubleMatrix();
        for (int i = 0; i < answered.size(); i++) {
          if (k < answered.get(i).correct.length) {
            answered.get(i).hiddenStates[k] = hiddenStates[i];
          }
        }
      }
    }
  }
}
