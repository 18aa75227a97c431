package io.github.coconut4j.problems;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The concatenated problems of several sources.
 *
 * @param value the sources joined by {@code +}, for errors
 * @param parts the sources
 */
record JoinedProblems(String value, List<ProblemSource> parts) implements ProblemSource {

  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) throws IOException {
    List<List<ReasoningProblem>> problems = new ArrayList<>();
    for (ProblemSource part : parts) {
      problems.add(problems(part, excluded));
    }
    return new JoinedList<>(problems);
  }

  /** If a path contains a + and a typo, the error must show why only a part of it was looked up. */
  private List<ReasoningProblem> problems(ProblemSource part, Set<String> excluded)
      throws IOException {
    try {
      return part.problems(excluded);
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(
          e.getMessage() + " (This is a part of " + value + ", where + joins.)", e);
    }
  }

  @Override
  public boolean canExclude() {
    return parts.stream().anyMatch(ProblemSource::canExclude);
  }

  @Override
  public ProsQaNames names() {
    Set<String> people = new LinkedHashSet<>();
    Set<String> concepts = new LinkedHashSet<>();
    for (ProblemSource part : parts) {
      people.addAll(part.names().getPeople());
      concepts.addAll(part.names().getConcepts());
    }
    return new ProsQaNames(List.copyOf(people), List.copyOf(concepts));
  }
}
