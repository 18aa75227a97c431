package io.github.coconut4j.cli;

import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.problems.SourceParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --mistakes}, which keeps the problems that a model answers wrongly. */
final class MistakesOption {

  @Option(
      names = "--mistakes",
      paramLabel = "FILE",
      description = "Also write the problems with a wrong answer to this JSON file.")
  private Path file;

  /**
   * Checks the file before the evaluation.
   *
   * @param data where the problems come from
   * @throws IllegalArgumentException if the file is one of the data's
   * @throws IOException if the file cannot be written
   */
  void check(String data) throws IOException {
    if (file == null) {
      return;
    }
    OwnFile.require("--mistakes", file, "--data", SourceParser.files(data));
    AtomicFile.requireWritable(file);
  }

  /** Writes the problems with a wrong answer, if the option is given. */
  void write(Evaluation evaluation, PrintWriter messages) throws IOException {
    if (file == null) {
      return;
    }
    List<ReasoningProblem> wrong =
        evaluation.getGenerations().stream()
            .filter(scored -> !scored.isCorrect())
            .map(ScoredGeneration::getProblem)
            .toList();
    ProblemJson.write(file, wrong);
    messages.println("Wrote " + wrong.size() + " problems to " + file + ".");
  }
}
