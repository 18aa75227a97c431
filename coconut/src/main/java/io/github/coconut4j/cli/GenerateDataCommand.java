package io.github.coconut4j.cli;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prontoqa.ProntoQaGenerator;
import io.github.coconut4j.data.prontoqa.ProntoQaOptions;
import io.github.coconut4j.data.prosqa.CanonicalForm;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import io.github.coconut4j.data.reader.ProblemFile;
import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes problems to a JSON file. */
@Command(
    name = "generate-data",
    description = "Make reasoning problems as a JSON file of question, steps and answer.")
final class GenerateDataCommand implements Callable<Integer> {

  /** The data sets that can be made. */
  enum DataSet {
    PROSQA,
    PRONTOQA
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DATASET", description = "What to make: prosqa or prontoqa.")
  private DataSet dataSet;

  @Option(names = "--count", required = true, description = "Number of problems.")
  private int count;

  @Option(names = "--seed", required = true, description = "Seed of everything drawn.")
  private long seed;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file.")
  private Path out;

  @Option(names = "--nodes", defaultValue = "28", description = "ProsQA: nodes of a graph.")
  private int nodes;

  @Option(
      names = "--min-steps",
      defaultValue = "3",
      description = "ProsQA: steps of the shortest chain.")
  private int minSteps;

  @Option(
      names = "--max-steps",
      defaultValue = "6",
      description = "ProsQA: steps of the longest chain.")
  private int maxSteps;

  @Option(names = "--balanced", description = "ProsQA: both options at the same depth.")
  private boolean balanced;

  @Option(
      names = "--exclude",
      paramLabel = "FILE",
      description = "Leave out problems that are those of this file under other names or orders.")
  private List<Path> excluded = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException(
          "--count needs to be at least 1 but is " + count + ". Ask for more problems.");
    }
    if (dataSet != DataSet.PROSQA && !excluded.isEmpty()) {
      throw new IllegalArgumentException(
          "--exclude needs problems of prosqa, whose graphs can be compared, but the data set is "
              + "prontoqa. Leave it out.");
    }
    AtomicFile.requireWritable(out);
    List<ReasoningProblem> problems =
        switch (dataSet) {
          case PROSQA -> new ProsQaGenerator(prosQaOptions()).generate(count, excludedForms());
          case PRONTOQA -> new ProntoQaGenerator(prontoQaOptions()).generate(count);
        };
    ProblemJson.write(out, problems);
    spec.commandLine().getErr().println("Wrote " + count + " problems to " + out + ".");
    return 0;
  }

  private ProntoQaOptions prontoQaOptions() {
    return ProntoQaOptions.builder().seed(seed).build();
  }

  private ProsQaOptions prosQaOptions() {
    return ProsQaOptions.builder()
        .nodes(nodes)
        .minSteps(minSteps)
        .maxSteps(maxSteps)
        .balanced(balanced)
        .seed(seed)
        .build();
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
