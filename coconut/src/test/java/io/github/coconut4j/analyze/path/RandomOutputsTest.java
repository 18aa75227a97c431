package io.github.coconut4j.analyze.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.AnswerFormat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Against a verifier that writes down every path there is and looks the output up. */
class RandomOutputsTest {

  /** The texts of all walks that start at a node, by the graph that the problem carries. */
  private static List<List<String>> walks(ProblemGraph graph, int node) {
    List<List<String>> walks = new ArrayList<>();
    for (ProblemGraph.Edge edge : graph.getEdges()) {
      if (edge.from() == node) {
        walks.add(List.of(sentence(graph, edge)));
        for (List<String> rest : walks(graph, edge.to())) {
          walks.add(Stream.concat(Stream.of(sentence(graph, edge)), rest.stream()).toList());
        }
      }
    }
    return walks;
  }

  private static String sentence(ProblemGraph graph, ProblemGraph.Edge edge) {
    boolean person = graph.getEdges().stream().noneMatch(other -> other.to() == edge.from());
    return (person ? "" : "Every ")
        + graph.getSymbols().get(edge.from())
        + " is a "
        + graph.getSymbols().get(edge.to())
        + ".";
  }

  private static PathClass slowClass(ReasoningProblem problem, List<String> steps, boolean right) {
    ProblemGraph graph = problem.getGraph().orElseThrow();
    String end = " is a " + graph.getSymbols().get(graph.getTarget()) + ".";
    List<List<String>> all = walks(graph, graph.getRoot());
    if (steps.isEmpty()) {
      return right ? PathClass.CORRECT_LABEL : PathClass.INCORRECT_LABEL;
    }
    if (!all.contains(steps)) {
      return PathClass.HALLUCINATION;
    }
    if (!steps.get(steps.size() - 1).endsWith(end)) {
      return PathClass.WRONG_TARGET;
    }
    int shortest =
        all.stream()
            .filter(walk -> walk.get(walk.size() - 1).endsWith(end))
            .map(List::size)
            .min(Comparator.naturalOrder())
            .orElseThrow();
    return steps.size() == shortest ? PathClass.CORRECT_PATH : PathClass.LONGER_PATH;
  }

  /** Follows edges from the root most of the time, and now and then does something else. */
  private static List<String> steps(ProblemGraph graph, Random random) {
    List<String> steps = new ArrayList<>();
    int node = graph.getRoot();
    while (random.nextInt(6) != 0) {
      int from = random.nextInt(8) == 0 ? random.nextInt(graph.getSymbols().size()) : node;
      List<ProblemGraph.Edge> edges =
          graph.getEdges().stream().filter(edge -> edge.from() == from).toList();
      ProblemGraph.Edge edge =
          edges.isEmpty() || random.nextInt(12) == 0
              ? new ProblemGraph.Edge(from, random.nextInt(graph.getSymbols().size()))
              : edges.get(random.nextInt(edges.size()));
      if (edges.isEmpty() && random.nextInt(4) != 0) {
        return steps;
      }
      steps.add(sentence(graph, edge));
      node = edge.to();
    }
    return steps;
  }

  @Property(tries = 300)
  void theFastVerifierAgreesWithTheSlowOne(@ForAll long seed) {
    ReasoningProblem problem = TinyModels.problems(1, seed).get(0);
    PathVerifier verifier = new PathVerifier(problem, AnswerFormat.PUBLISHED);
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      List<String> steps = steps(problem.getGraph().orElseThrow(), random);
      boolean right = random.nextBoolean();
      String label = right ? problem.getAnswer() : "Sally is a cow.";
      String output = String.join("\n", steps) + "\n### " + label;

      assertThat(verifier.classify(output))
          .as(problem.getQuestion() + output)
          .isEqualTo(slowClass(problem, steps, right));
    }
  }
}
