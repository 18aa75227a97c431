package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every rule scores that does not follow facts from the root to an option. */
class ShortcutsTest {

  private static final int PROBLEMS = 10_000;

  private static List<ReasoningProblem> constructed(
      GraphKind kind, int nodes, int minSteps, int maxSteps, int count) {
    return new ConstructedGenerator(
            ConstructedOptions.builder()
                .kind(kind)
                .nodes(nodes)
                .minSteps(minSteps)
                .maxSteps(maxSteps)
                .seed(24)
                .build())
        .generate(count);
  }

  private static Map<String, Double> shares(List<ReasoningProblem> problems) {
    Map<String, Double> right = new LinkedHashMap<>();
    for (ReasoningProblem problem : problems) {
      ShownProblem shown = new ShownProblem(problem);
      ShortcutRules.RULES.forEach(
          (name, rule) -> {
            double answer = rule.applyAsDouble(shown, shown.answer);
            double other = rule.applyAsDouble(shown, shown.other);
            double score = answer == other ? 0.5 : answer > other ? 1 : 0;
            right.merge(name, score / problems.size(), Double::sum);
          });
    }
    return right;
  }

  private static void assertNoneTells(List<ReasoningProblem> problems) {
    SoftAssertions softly = new SoftAssertions();
    shares(problems)
        .forEach((name, share) -> softly.assertThat(share).as(name).isCloseTo(0.5, within(0.02)));
    softly.assertAll();
  }

  @ParameterizedTest
  @CsvSource({"DEEP,18,2,5", "CHAINS,18,2,5", "STARS,22,2,5", "DAG,18,2,5"})
  void noneTellsInShortProblems(GraphKind kind, int nodes, int minSteps, int maxSteps) {
    assertNoneTells(constructed(kind, nodes, minSteps, maxSteps, PROBLEMS));
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({
    "DEEP,42,20,20",
    "DEEP,61,3,20",
    "DEEP,90,20,20",
    "CHAINS,84,3,20",
    "STARS,82,3,20",
    "DAG,60,3,20",
    "DAG,90,20,20"
  })
  void noneTellsInDeepProblems(GraphKind kind, int nodes, int minSteps, int maxSteps) {
    List<ReasoningProblem> problems = constructed(kind, nodes, minSteps, maxSteps, PROBLEMS);
    assertNoneTells(problems);
    assertThat(problems)
        .allSatisfy(problem -> assertThat(ProsQaVerifier.violations(problem)).isEmpty());
  }

  /** In chains and stars the facts that are connected with the root lead only to the answer. */
  @ParameterizedTest
  @EnumSource(GraphKind.class)
  void whatHangsTogetherWithTheRootTellsWhereTheCardSaysSo(GraphKind kind) {
    double share =
        constructed(kind, 30, 3, 6, 500).stream()
            .map(ShownProblem::new)
            .mapToDouble(p -> p.component(p.root()).contains(p.other) ? 0.5 : 1)
            .average()
            .orElseThrow();
    assertThat(share).isEqualTo(kind == GraphKind.DEEP || kind == GraphKind.DAG ? 0.5 : 1);
  }

  /** The table has teeth: what is known of problems like the published ones, it finds. */
  @Test
  void manyTellInProblemsThatAreDrawn() {
    List<ReasoningProblem> problems =
        new ProsQaGenerator(ProsQaOptions.builder().seed(1).build()).generate(2000);
    Map<String, Double> telling = new TreeMap<>(shares(problems));
    telling.values().removeIf(share -> Math.abs(share - 0.5) < 0.05);
    assertThat(telling)
        .containsKeys(
            "depth from the nearest person",
            "depth from the farthest person",
            "incoming edges",
            "ancestors",
            "names on its side",
            "chance of a random walk",
            "number in idx_to_symbol");
    assertThat(telling.get("depth from the nearest person"))
        .isCloseTo(
            ShortcutBaselines.measure(problems).orElseThrow().getDeeperOption(), within(1e-9));
  }
}
