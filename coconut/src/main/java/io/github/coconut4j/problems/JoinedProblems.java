package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The problems of several sources, one after the other. */
record JoinedProblems(List<ProblemSource> parts) implements ProblemSource {

  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) throws IOException {
    List<List<ReasoningProblem>> problems = new ArrayList<>();
    for (ProblemSource part : parts) {
      problems.add(part.problems(excluded));
    }
    return new JoinedList<>(problems);
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
