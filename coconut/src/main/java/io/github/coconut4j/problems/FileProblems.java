package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.reader.ProblemFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Problems in a file of any format that {@link ProblemFile} reads. */
record FileProblems(Path file) implements ProblemSource {

  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) throws IOException {
    return ProblemFile.index(file);
  }

  @Override
  public ProsQaNames names() {
    return ProsQaNames.published();
  }
}
