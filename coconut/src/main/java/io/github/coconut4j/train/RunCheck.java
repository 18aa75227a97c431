package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaFact;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.memory.NativeMemory;
import io.github.coconut4j.problems.ProblemSplits;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rejects, before the first update, runs that would fail in a later stage or at their first
 * evaluation.
 */
@RequiredArgsConstructor
final class RunCheck {

  /** Number of augmented problems that are encoded to find the longest sequence. */
  private static final int SAMPLE = 500;

  private final TrainingConfig config;
  private final CoconutModel model;
  private final ProblemSplits problems;
  private final EpochData data;

  /** The parameters that are trained. */
  private final Map<String, INDArray> parameters;

  /**
   * Rejects a run that cannot be completed.
   *
   * @param start state from which it starts or continues
   * @throws IllegalArgumentException if a problem has a word that the tokenizer lacks, does not fit
   *     the model's positions or cannot be augmented, or the memory is too small
   */
  void requireUsable(TrainingState start) {
    problems.requireAny(config);
    TransformerConfig architecture = model.getTransformer().getConfig();
    LengthCheck lengths = new LengthCheck(config, model.sequences(), architecture, stages(start));
    int sequences = Math.min(config.getBatchSizeTraining(), problems.getTraining().size());
    double trained = parameters.values().stream().mapToDouble(INDArray::length).sum();
    Longest longest = longestSequence(lengths);
    DeviceForecast device = new DeviceForecast(config, model.getTransformer(), parameters.keySet());
    new MemoryForecast(config, architecture, trained)
        .requireRoom(
            sequences, device.isOfItsOwn() ? 0 : longest.positions(), NativeMemory.limit());
    if (device.isOfItsOwn() && longest.index() >= 0) {
      device.requireRoom(sequences, lengths.longestSequence(data.problem(longest.index())));
    }
    if (config.isAugment()) {
      data.requireAugmentable();
      requireKnown(problems.getNames());
    }
    List<ReasoningProblem> evaluation = problems.getEvaluation();
    for (int number = 0; number < evaluation.size(); number++) {
      lengths.evaluation(data.encode(evaluation.get(number)), number);
    }
  }

  /** The stages that are trained and evaluated from a state on. */
  private IntStream stages(TrainingState state) {
    IntStream current = IntStream.of(state.getStage()).filter(stage -> stage >= 0);
    if (config.isOnlyEval()) {
      return current;
    }
    return IntStream.concat(
        current, new StageSchedule(config, data.updatesPerEpoch()).stages(state));
  }

  /**
   * The problem with the longest training sequence. Of augmented problems, only those with most
   * facts are checked, since augmentation does not change the number of facts.
   */
  private Longest longestSequence(LengthCheck lengths) {
    IntStream all = IntStream.range(0, problems.getTraining().size());
    return (config.isAugment() ? mostFacts(all) : all)
        .mapToObj(index -> new Longest(index, lengths.training(data.problem(index), index)))
        .max(Comparator.comparingInt(Longest::positions))
        .orElse(new Longest(-1, 0));
  }

  /**
   * A problem and its longest training sequence.
   *
   * @param index -1 if there are no problems
   * @param positions number of computed positions of the sequence, 0 if there are no problems
   */
  private record Longest(int index, int positions) {}

  private IntStream mostFacts(IntStream indices) {
    long[] facts = // read once: problems may be in a file
        indices.mapToLong(index -> facts(problems.getTraining().get(index))).toArray();
    return IntStream.range(0, facts.length)
        .boxed()
        .sorted(Comparator.comparingLong(index -> -facts[index]))
        .limit(SAMPLE)
        .mapToInt(Integer::intValue);
  }

  private static long facts(ReasoningProblem problem) {
    return problem.getQuestion().chars().filter(letter -> letter == '.').count();
  }

  /** Checks all names, since any may be sampled. */
  private void requireKnown(ProsQaNames names) {
    Stream.concat(
            names.getConcepts().stream().map(name -> new ProsQaFact(name, false, name)),
            names.getPeople().stream()
                .map(name -> new ProsQaFact(name, true, names.getConcepts().get(0))))
        .forEach(fact -> model.getTokenizer().encode(fact.sentence()));
  }
}
