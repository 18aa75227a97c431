package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProsQaVerifierTest {

  private static final ReasoningProblem GOOD =
      ReasoningProblem.builder()
          .question(
              "Every gorpus is a zumpus. Bob is a gorpus. Bob is a hilpus. Every hilpus is a"
                  + " gorpus. Tom is a sterpus. Is Bob a sterpus or zumpus?")
          .steps(List.of("Bob is a gorpus.", "Every gorpus is a zumpus."))
          .answer("Bob is a zumpus.")
          .graph(
              new ProblemGraph(
                  List.of("Bob", "Tom", "gorpus", "zumpus", "hilpus", "sterpus"),
                  List.of(
                      new Edge(2, 3),
                      new Edge(0, 2),
                      new Edge(0, 4),
                      new Edge(4, 2),
                      new Edge(1, 5)),
                  0,
                  3,
                  5))
          .build();

  @Test
  void findsNothingWrongWithThePublishedProblems() throws IOException {
    assertThat(PublishedProblems.read())
        .allSatisfy(problem -> assertThat(ProsQaVerifier.violations(problem)).isEmpty());
    assertThat(ProsQaVerifier.violations(GOOD)).isEmpty();
  }

  @Test
  void findsChainsThatAreNoShortestPaths() {
    assertThat(
            violations(
                "Bob is a hilpus.", "Every hilpus is a gorpus.", "Every gorpus is a zumpus."))
        .containsExactly("the chain has 3 steps, the shortest one 2");
    assertThat(violations("Bob is a gorpus."))
        .containsExactly(
            "the chain ends at gorpus, not at zumpus", "the chain has 1 steps, the shortest one 2");
    assertThat(violations("Bob is a gorpus.", "Every hilpus is a zumpus."))
        .containsExactly(
            "the step 'Every hilpus is a zumpus.' is not one of the facts",
            "the step 'Every hilpus is a zumpus.' does not start at gorpus");
    assertThat(violations()).contains("the chain ends at Bob, not at zumpus");
  }

  @Test
  void findsOptionsThatAreNoAnswers() {
    String reachable = GOOD.getQuestion().replace("sterpus or", "hilpus or");
    assertThat(ProsQaVerifier.violations(GOOD.toBuilder().question(reachable).graph(null).build()))
        .containsExactly("the other option hilpus is reachable too");
    String same = GOOD.getQuestion().replace("sterpus or", "zumpus or");
    assertThat(ProsQaVerifier.violations(GOOD.toBuilder().question(same).graph(null).build()))
        .containsExactly("both options are the same");
    assertThat(ProsQaVerifier.violations(GOOD.toBuilder().answer("Tom is a zumpus.").build()))
        .containsExactly("the answer is not about the root");
    assertThat(
            ProsQaVerifier.violations(
                GOOD.toBuilder().answer("Bob is a gorpus.").graph(null).build()))
        .contains("the answer is none of the options");
  }

  @Test
  void findsFactsThatStandTwiceOrLeadInACircle() {
    String question = GOOD.getQuestion();
    String twice = question.replace("Is Bob", "Every gorpus is a zumpus. Is Bob");
    assertThat(ProsQaVerifier.violations(GOOD.toBuilder().question(twice).build()))
        .containsExactly("a fact occurs twice");
    String circle = question.replace("Is Bob", "Every zumpus is a hilpus. Is Bob");
    assertThat(ProsQaVerifier.violations(GOOD.toBuilder().question(circle).graph(null).build()))
        .containsExactly("the facts lead in a circle");
  }

  @Test
  void findsGraphsThatSayOtherThanTheText() {
    ProblemGraph graph = GOOD.getGraph().orElseThrow();
    assertThat(withGraph(graph.getEdges().subList(0, 4), 0, 3, 5))
        .containsExactly("the graph's edges are not the facts");
    assertThat(withGraph(graph.getEdges(), 1, 2, 3))
        .containsExactly("the graph's root is another one", "the graph's target is not the answer");
    assertThat(withGraph(graph.getEdges(), 0, 3, 2))
        .containsExactly("the graph's neg_target is not the other option");
  }

  @Test
  void refusesOtherTexts() {
    assertThatThrownBy(
            () -> ProsQaVerifier.violations(GOOD.toBuilder().question("What is 1 + 1?").build()))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("found 'What is 1 + 1?'");
    assertThatThrownBy(() -> ProsQaFact.parse("Some gorpus is red."))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("found 'Some gorpus is red.'");
  }

  private static List<String> violations(String... steps) {
    return ProsQaVerifier.violations(GOOD.toBuilder().steps(List.of(steps)).build());
  }

  private static List<String> withGraph(List<Edge> edges, int root, int target, int negative) {
    List<String> symbols = GOOD.getGraph().orElseThrow().getSymbols();
    ProblemGraph graph = new ProblemGraph(symbols, edges, root, target, negative);
    return ProsQaVerifier.violations(GOOD.toBuilder().graph(graph).build());
  }
}
