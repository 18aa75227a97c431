package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.CanonicalForm;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import lombok.Value;

/**
 * The problems of a run. Generated training problems leave out those of the evaluation: the same
 * graph and question under renaming and reordering.
 */
@Value
public class ProblemSplits {

  /** Problems to train on; empty if the run only evaluates. */
  List<ReasoningProblem> training;

  /** Problems to evaluate on; empty if there are none. */
  List<ReasoningProblem> evaluation;

  /** The names that the run's ProsQA problems use. */
  ProsQaNames names;

  private static final int DEBUG_TRAINING = 5000;
  private static final int DEBUG_EVALUATION = 32;

  /**
   * Reads or generates the problems that a configuration names.
   *
   * @throws ConfigException if {@code val_path} is set and has none
   */
  public static ProblemSplits of(TrainingConfig config) throws IOException {
    Arguments.requireNonNull(config, "config", "Build a TrainingConfig.");
    List<ReasoningProblem> evaluation = read(config.getValPath(), Set.of());
    if (config.getValPath() != null) {
      requireAny("val_path", config.getValPath(), evaluation);
    }
    Set<String> excluded = canonicalForms(evaluation);
    List<ReasoningProblem> training =
        config.isOnlyEval() ? List.of() : read(config.getTrainPath(), excluded);
    ProsQaNames names = names(config, config.isOnlyEval() ? evaluation : training);
    return config.isDebug()
        ? new ProblemSplits(
            head(training, DEBUG_TRAINING), head(evaluation, DEBUG_EVALUATION), names)
        : new ProblemSplits(training, evaluation, names);
  }

  /**
   * Rejects a run without problems.
   *
   * @throws ConfigException if there is no problem to train on, or none to evaluate on in a run
   *     that only evaluates
   */
  public void requireAny(TrainingConfig config) {
    if (config.isOnlyEval()) {
      requireAny("val_path", config.getValPath(), evaluation);
    } else {
      requireAny("train_path", config.getTrainPath(), training);
    }
  }

  private static void requireAny(String key, String path, List<ReasoningProblem> problems) {
    if (problems.isEmpty()) {
      throw ConfigException.of(
          key,
          "at least 1 problem",
          path,
          "It has none: check the file, or the number that is generated.");
    }
  }

  /** The canonical forms of the problems that have a graph. */
  static Set<String> canonicalForms(List<ReasoningProblem> problems) {
    return problems.stream()
        .filter(problem -> problem.getGraph().isPresent())
        .map(CanonicalForm::of)
        .collect(Collectors.toSet());
  }

  /** A SHA-256 checksum of all problems. */
  public String fingerprint() {
    return new ProblemDigest().add(training).add(evaluation).sum();
  }

  private static ProsQaNames names(TrainingConfig config, List<ReasoningProblem> problems) {
    String source = config.isOnlyEval() ? config.getValPath() : config.getTrainPath();
    return ProblemNames.orMore(ProblemSource.of(source).names(), problems);
  }

  private static List<ReasoningProblem> read(String path, Set<String> excluded) throws IOException {
    return path == null ? List.of() : ProblemSource.of(path).problems(excluded);
  }

  private static List<ReasoningProblem> head(List<ReasoningProblem> problems, int limit) {
    return problems.subList(0, Math.min(limit, problems.size()));
  }
}
