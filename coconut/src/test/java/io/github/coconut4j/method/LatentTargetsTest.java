package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentTargetsTest {

  /** Bob is also a zumpus by a fact of his own, but the chain goes round by gorpus and hilpus. */
  private static final ReasoningProblem DETOUR =
      ReasoningProblem.builder()
          .question(
              "Bob is a gorpus. Every gorpus is a hilpus. Every hilpus is a zumpus. Bob is a"
                  + " zumpus. Bob is a lempus. Is Bob a zumpus or rompus?")
          .steps(
              List.of("Bob is a gorpus.", "Every gorpus is a hilpus.", "Every hilpus is a zumpus."))
          .answer("Bob is a zumpus.")
          .graph(
              ProblemGraph.builder()
                  .symbols(List.of("Bob", "gorpus", "hilpus", "zumpus", "lempus", "rompus"))
                  .edges(
                      List.of(
                          new Edge(0, 1),
                          new Edge(1, 2),
                          new Edge(2, 3),
                          new Edge(0, 3),
                          new Edge(0, 4)))
                  .root(0)
                  .target(3)
                  .negativeTarget(5)
                  .build())
          .build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FRONTIER | [[Every gorpus,  is a zumpus.,  is a lempus.], [Every hilpus]]",
        "PATHS | [[Every gorpus,  is a zumpus.], [Every hilpus]]",
        "CHAIN | [[Every gorpus], [Every hilpus], [ is a zumpus.]]",
      })
  void theChainsTargetsAreItsStepsWhetherOrNotTheyAreShortest(
      FrontierTargets kind, String expected) {
    List<String> concepts = List.of("gorpus", "hilpus", "zumpus", "lempus", "rompus");
    try (TextTokenizer tokenizer = PhraseTokenizer.forProsQa(List.of("Bob"), concepts)) {
      assertThat(
              new LatentTargets(DETOUR, tokenizer, kind)
                  .tokens().stream()
                      .map(ids -> Arrays.stream(ids).mapToObj(tokenizer::token).toList())
                      .toList())
          .hasToString(expected);
    }
  }
}
