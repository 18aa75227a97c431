package io.github.coconut4j.cli;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prontoqa.ProntoQaGenerator;
import io.github.coconut4j.data.prontoqa.ProntoQaOptions;
import io.github.coconut4j.data.prosqa.CanonicalForm;
import io.github.coconut4j.data.prosqa.GraphKind;
import io.github.coconut4j.data.reader.ProblemFile;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code generate-data}, which writes problems to a JSON file. */
@Command(
    name = "generate-data",
    description = "Generate reasoning problems as a JSON file with question, steps and answer.")
final class GenerateDataCommand implements Callable<Integer> {

  /** The data sets that can be generated. */
  enum DataSet {
    PROSQA,
    PRONTOQA
  }

  /** Kinds of ProsQA graphs other than the published kind. */
  static final class Kind {

    @Option(names = "--balanced", description = "Random graphs, both options at the same depth.")
    private boolean balanced;

    @Option(names = "--deep", description = "Two mirrored sides of any depth.")
    private boolean deep;

    @Option(names = "--chains", description = "Chains of equal length.")
    private boolean chains;

    @Option(names = "--stars", description = "Two stars with arms of equal length.")
    private boolean stars;

    @Option(names = "--dag", description = "Two sides in layers, where many paths join.")
    private boolean dag;

    /** Null for randomly sampled graphs. */
    private GraphKind constructed() {
      if (deep) {
        return GraphKind.DEEP;
      }
      if (chains) {
        return GraphKind.CHAINS;
      }
      if (stars) {
        return GraphKind.STARS;
      }
      return dag ? GraphKind.DAG : null;
    }

    private boolean isChosen() {
      return balanced || constructed() != null;
    }

    /** The generator's name, as in {@code train_path}. */
    private String generator() {
      GraphKind constructed = constructed();
      if (constructed != null) {
        return constructed.generatorName();
      }
      return balanced ? "prosqa-balanced" : "prosqa";
    }
  }

  private static final List<String> ONLY_PROSQA =
      List.of("--nodes", "--min-steps", "--max-steps", "--people", "--concepts", "--max-facts");

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DATASET", description = "prosqa or prontoqa.")
  private DataSet dataSet;

  @Option(
      names = "--count",
      required = true,
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      description = "Number of problems.")
  private int count;

  @Option(
      names = "--seed",
      required = true,
      paramLabel = "S",
      showDefaultValue = Visibility.NEVER,
      description = "Random seed.")
  private long seed;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The JSON file.")
  private Path out;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "28",
      description = "ProsQA: nodes per graph.")
  private int nodes;

  @Option(
      names = "--min-steps",
      paramLabel = "N",
      defaultValue = "3",
      description = "ProsQA: steps of the shortest chain.")
  private int minSteps;

  @Option(
      names = "--max-steps",
      paramLabel = "N",
      defaultValue = "6",
      description = "ProsQA: steps of the longest chain.")
  private int maxSteps;

  @Option(
      names = "--people",
      paramLabel = "N",
      description = "ProsQA: use only the first N names of people (default: all).")
  private Integer people;

  @Option(
      names = "--concepts",
      paramLabel = "N",
      description = "ProsQA: use only the first N names of concepts (default: all).")
  private Integer concepts;

  @Option(
      names = "--max-facts",
      paramLabel = "N",
      description = "ProsQA: leave out problems with more facts (default: none).")
  private Integer maxFacts;

  @ArgGroup(heading = "ProsQA, one of these kinds of graphs (docs/Problems.md):%n")
  private Kind kind = new Kind();

  @Option(
      names = "--exclude",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description =
          "Leave out problems of this file, also with other names or orders; may be repeated.")
  private List<Path> excluded = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Arguments.requireAtLeast(count, 1, "--count");
    requireProsQa(kind.isChosen(), "A kind of graph");
    requireProsQa(!excluded.isEmpty(), "--exclude");
    for (String option : ONLY_PROSQA) {
      requireProsQa(spec.commandLine().getParseResult().hasMatchedOption(option), option);
    }
    requireDifferentGraphs();
    OwnFile.require("--out", out, "--exclude", excluded);
    AtomicFile.requireWritable(out);
    List<ReasoningProblem> problems =
        switch (dataSet) {
          case PROSQA ->
              ProblemSource.prosQa(kind.generator(), count, seed, arguments())
                  .problems(excludedForms());
          case PRONTOQA -> new ProntoQaGenerator(prontoQaOptions()).generate(count);
        };
    ProblemJson.write(out, problems);
    spec.commandLine().getErr().println("Wrote " + count + " problems to " + out + ".");
    return 0;
  }

  private void requireProsQa(boolean given, String option) {
    if (given && dataSet != DataSet.PROSQA) {
      throw new IllegalArgumentException(
          option
              + " needs problems of prosqa, which have graphs, but the data set is prontoqa. Leave"
              + " it out.");
    }
  }

  private void requireDifferentGraphs() {
    GraphKind constructed = kind.constructed();
    if (constructed != null && !constructed.hasManyGraphs() && !excluded.isEmpty()) {
      throw new IllegalArgumentException(
          "--exclude needs problems of different graphs, but all chains or stars of one length are"
              + " the same graph under other names. Leave it out and choose another seed or other"
              + " numbers of steps.");
    }
  }

  private Map<String, Integer> arguments() {
    Map<String, Integer> arguments = new HashMap<>();
    arguments.put("nodes", nodes);
    arguments.put("min_steps", minSteps);
    arguments.put("max_steps", maxSteps);
    arguments.put("people", people);
    arguments.put("concepts", concepts);
    arguments.put("max_facts", maxFacts);
    arguments.values().removeIf(Objects::isNull);
    return arguments;
  }

  private ProntoQaOptions prontoQaOptions() {
    return ProntoQaOptions.builder().seed(seed).build();
  }

  private Set<String> excludedForms() throws IOException {
    Set<String> forms = new HashSet<>();
    for (Path file : excluded) {
      List<ReasoningProblem> problems = ProblemFile.read(file);
      for (int i = 0; i < problems.size(); i++) {
        forms.add(form(problems.get(i), file, i));
      }
    }
    return forms;
  }

  private static String form(ReasoningProblem problem, Path file, int number) {
    try {
      return CanonicalForm.of(problem);
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(
          file + ", problem " + number + " (counted from 0): " + e.getMessage(), e);
    }
  }
}
