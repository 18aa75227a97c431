package io.github.coconut4j.serve;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The model that the repository ships, and questions for it. */
public final class Shipped {

  public static final Path DIRECTORY = Path.of("..", "models", "prosqa-coconut");

  private Shipped() {}

  public static CoconutModel open() {
    try {
      return CoconutModel.open(DIRECTORY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<String> questions(int count) {
    try {
      return ProblemSource.of("prosqa-balanced:" + count + ":77").problems(Set.of()).stream()
          .map(ReasoningProblem::getQuestion)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
