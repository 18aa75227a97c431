package io.github.coconut4j.cli;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The option {@code --limit} of commands that read problems. */
final class ProblemLimit {

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only the first N problems, of each file if there are several (default: all).")
  private Integer limit;

  /**
   * The problems of a file or generator, at most the requested number.
   *
   * @throws IllegalArgumentException if that number is below 1
   */
  List<ReasoningProblem> problems(String source) throws IOException {
    if (limit != null && limit < 1) {
      throw new IllegalArgumentException(
          "--limit needs to be at least 1 but is " + limit + ". Leave it out for all problems.");
    }
    List<ReasoningProblem> all = ProblemSource.of(source).problems(Set.of());
    return limit == null ? all : all.subList(0, Math.min(limit, all.size()));
  }
}
