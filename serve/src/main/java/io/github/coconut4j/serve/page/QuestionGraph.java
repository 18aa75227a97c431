package io.github.coconut4j.serve.page;

import io.github.coconut4j.analyze.path.FactGraph;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaQuestion;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lombok.Value;

/** The graph that a question's text describes, for display in the page. */
@Value
class QuestionGraph {

  /** The node that the question is about. */
  String root;

  /** The two nodes that it asks about. */
  List<String> options;

  /** The option that the facts lead to; null unless there is exactly one. */
  String right;

  /** All nodes, in the order of the text. */
  Set<String> nodes;

  /** Edges: names of two nodes each. */
  List<List<String>> edges;

  /**
   * Reads a question.
   *
   * @throws io.github.coconut4j.data.InvalidProblemException if its text does not have ProsQA's
   *     form
   */
  static QuestionGraph of(String text) {
    ProsQaQuestion question = ProsQaQuestion.parse(text);
    List<List<String>> edges =
        question.getFacts().stream()
            .map(fact -> List.of(fact.subject(), fact.object()))
            .distinct()
            .toList();
    Set<String> nodes = new LinkedHashSet<>(List.of(question.getRoot()));
    edges.forEach(nodes::addAll);
    List<String> options = List.of(question.getFirstOption(), question.getSecondOption());
    nodes.addAll(options);
    FactGraph graph = FactGraph.of(problem(text, question));
    List<String> reached =
        options.stream()
            .filter(option -> graph.distance(question.getRoot(), option).isPresent())
            .toList();
    String right = reached.size() == 1 ? reached.get(0) : null;
    return new QuestionGraph(question.getRoot(), options, right, nodes, edges);
  }

  /** A problem with an arbitrary answer, since the answer is unknown. */
  private static ReasoningProblem problem(String text, ProsQaQuestion question) {
    return ReasoningProblem.builder()
        .question(text)
        .steps(List.of())
        .answer(question.getRoot() + " is a " + question.getFirstOption() + ".")
        .build();
  }

  /** The same as a problem. */
  static ReasoningProblem problem(String text) {
    return problem(text, ProsQaQuestion.parse(text));
  }

  /** The possible targets of steps. */
  List<String> concepts() {
    return edges.stream().flatMap(edge -> Stream.of(edge.get(1))).distinct().toList();
  }

  /** The option that an answer's text names at its end, if it names one. */
  Optional<String> chosen(String answer) {
    return options.stream().filter(option -> answer != null && endsIn(answer, option)).findFirst();
  }

  private static boolean endsIn(String answer, String name) {
    return answer.matches("(?sU)(.*\\W)?" + Pattern.quote(name) + "\\.?\\s*");
  }
}
