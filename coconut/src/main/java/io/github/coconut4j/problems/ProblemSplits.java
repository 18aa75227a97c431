package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.CanonicalForm;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.ToString;
import lombok.Value;

/**
 * The problems of a run. Generated training problems leave out those of the evaluation: the same
 * graph and question under renaming and reordering.
 */
@Value
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public class ProblemSplits {

  /** Problems to train on; empty if the run only evaluates. */
  List<ReasoningProblem> training;

  /** Problems to evaluate on; empty if there are none. */
  List<ReasoningProblem> evaluation;

  /** Only a run that renames problems, or makes phrases of them, needs names. */
  @Getter(AccessLevel.NONE)
  @EqualsAndHashCode.Exclude
  @ToString.Exclude
  Supplier<ProsQaNames> names;

  private static final int DEBUG_TRAINING = 5000;
  private static final int DEBUG_EVALUATION = 32;

  /**
   * Makes splits of problems that were read or made elsewhere.
   *
   * @param training problems to train on
   * @param evaluation problems to evaluate on
   * @param names the names that the ProsQA problems use, or null if the run needs none
   */
  public ProblemSplits(
      List<ReasoningProblem> training, List<ReasoningProblem> evaluation, ProsQaNames names) {
    this(training, evaluation, () -> names);
  }

  /**
   * The names that the run's ProsQA problems use, or null if the splits were made without any.
   *
   * @throws InvalidProblemException if a name stands for a person in one problem and for a concept
   *     in another
   */
  public ProsQaNames getNames() {
    return names.get();
  }

  /**
   * Reads or generates the problems that a configuration names.
   *
   * @throws ConfigException if {@code val_path} is set and has none
   * @throws InvalidProblemException if a problem is malformed, or problems to train on are
   *     generated and one of the evaluation has a graph but not ProsQA's form
   */
  public static ProblemSplits of(TrainingConfig config) throws IOException {
    Arguments.requireNonNull(config, "config", "Build a TrainingConfig.");
    List<ReasoningProblem> evaluation = evaluation(config);
    if (config.getValPath() != null) {
      requireAny("val_path", config.getValPath(), evaluation);
    }
    List<ReasoningProblem> training = training(config, evaluation);
    Supplier<ProsQaNames> names =
        new Once(() -> names(config, config.isOnlyEval() ? evaluation : training));
    return config.isDebug()
        ? new ProblemSplits(
            head(training, DEBUG_TRAINING), head(evaluation, DEBUG_EVALUATION), names)
        : new ProblemSplits(training, evaluation, names);
  }

  private static List<ReasoningProblem> training(
      TrainingConfig config, List<ReasoningProblem> evaluation) throws IOException {
    if (config.isOnlyEval() || config.getTrainPath() == null) {
      return List.of();
    }
    ProblemSource source = ProblemSource.of(config.getTrainPath());
    return source.problems(
        source.canExclude() ? canonicalForms(evaluation, config.getValPath()) : Set.of());
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

  /**
   * The canonical forms of the problems that have a graph.
   *
   * @param source of the problems, for errors
   */
  static Set<String> canonicalForms(List<ReasoningProblem> problems, String source) {
    Set<String> forms = new HashSet<>();
    for (int i = 0; i < problems.size(); i++) {
      ReasoningProblem problem = problems.get(i); // read once: it may be in a file
      if (problem.getGraph().isPresent()) {
        forms.add(canonicalForm(problem, source, i));
      }
    }
    return forms;
  }

  private static String canonicalForm(ReasoningProblem problem, String source, int number) {
    try {
      return CanonicalForm.of(problem);
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(
          source
              + ", problem "
              + number
              + " (counted from 0): "
              + e.getMessage()
              + " (Generated problems to train on leave out this one's graph.)",
          e);
    }
  }

  /** A SHA-256 checksum of all problems. */
  public String fingerprint() {
    return new ProblemDigest().add(training).add(evaluation).sum();
  }

  private static ProsQaNames names(TrainingConfig config, List<ReasoningProblem> problems) {
    String source = config.isOnlyEval() ? config.getValPath() : config.getTrainPath();
    return ProblemNames.orMore(ProblemSource.of(source).names(), problems);
  }

  private static List<ReasoningProblem> evaluation(TrainingConfig config) throws IOException {
    String path = config.getValPath();
    return path == null ? List.of() : ProblemSource.of(path).problems(Set.of());
  }

  /** Makes a value when it is first needed. */
  @RequiredArgsConstructor
  private static final class Once implements Supplier<ProsQaNames> {

    private final Supplier<ProsQaNames> maker;
    private ProsQaNames made;

    @Override
    public synchronized ProsQaNames get() {
      if (made == null) {
        made = maker.get();
      }
      return made;
    }
  }

  private static List<ReasoningProblem> head(List<ReasoningProblem> problems, int limit) {
    return problems.subList(0, Math.min(limit, problems.size()));
  }
}
