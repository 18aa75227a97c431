package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProsQaGeneratorTest {

  private static final List<ReasoningProblem> PROBLEMS =
      new ProsQaGenerator(ProsQaOptions.builder().seed(1).build()).generate(4000);

  /** The means over the 800 published validation and test problems. */
  @Test
  void hasThePublishedSizes() {
    assertThat(mean(graph -> graph.getSymbols().size())).isCloseTo(22.8, within(0.3));
    assertThat(mean(graph -> graph.getEdges().size())).isCloseTo(36.0, within(1.0));
    assertThat(mean(graph -> labelled(graph, true, false))).isCloseTo(9.1, within(0.5));
    assertThat(mean(graph -> labelled(graph, false, true))).isCloseTo(11.8, within(0.5));
    assertThat(mean(graph -> labelled(graph, true, true))).isCloseTo(1.2, within(0.3));
  }

  @Test
  void hasThePublishedShares() {
    assertThat(share(problem -> problem.getSteps().size() == 3)).isCloseTo(0.41, within(0.04));
    assertThat(share(problem -> problem.getSteps().size() == 4)).isCloseTo(0.44, within(0.04));
    assertThat(share(problem -> problem.getSteps().size() == 5)).isCloseTo(0.13, within(0.03));
    assertThat(share(problem -> problem.getSteps().size() == 6)).isCloseTo(0.02, within(0.02));
    assertThat(share(problem -> people(graph(problem)) == 2)).isCloseTo(0.58, within(0.05));
    assertThat(share(problem -> people(graph(problem)) == 3)).isCloseTo(0.32, within(0.05));
    assertThat(share(problem -> people(graph(problem)) == 4)).isCloseTo(0.09, within(0.03));
    assertThat(share(problem -> graph(problem).getRoot() == 1)).isCloseTo(0.63, within(0.05));
  }

  /** The two rules score 91.6 % and 66 % on the 800 published problems. */
  @Test
  void leavesTheShortcutsWhatThePublishedProblemsLeaveThem() {
    ShortcutBaselines baselines = ShortcutBaselines.measure(PROBLEMS).orElseThrow();
    assertThat(baselines.getProblems()).isEqualTo(4000);
    assertThat(baselines.getDeeperOption()).isCloseTo(0.916, within(0.03));
    assertThat(baselines.getFewerIncoming()).isCloseTo(0.66, within(0.04));
  }

  @Test
  void makesOnlyValidProblems() {
    assertThat(PROBLEMS)
        .allSatisfy(problem -> assertThat(ProsQaVerifier.violations(problem)).isEmpty());
  }

  @Test
  void showsEitherOptionFirstEquallyOften() {
    double share =
        share(
            problem ->
                problem
                    .getAnswer()
                    .endsWith(ProsQaQuestion.parse(problem.getQuestion()).getFirstOption() + "."));
    assertThat(share).isCloseTo(0.5, within(0.03));
  }

  @Test
  void usesEveryName() {
    Set<String> seen =
        PROBLEMS.stream()
            .flatMap(problem -> graph(problem).getSymbols().stream())
            .collect(Collectors.toSet());
    assertThat(seen).containsAll(ProsQaNames.published().getPeople());
    assertThat(seen).containsAll(ProsQaNames.published().getConcepts()).hasSize(17 + 38);
  }

  @ParameterizedTest
  @CsvSource({"28,3,6", "10,2,2", "10,2,3", "14,2,3", "6,1,3", "40,3,6"})
  void balancedProblemsTakeTheDepthShortcutAway(int nodes, int minSteps, int maxSteps) {
    ProsQaOptions options =
        ProsQaOptions.builder()
            .nodes(nodes)
            .minSteps(minSteps)
            .maxSteps(maxSteps)
            .balanced(true)
            .seed(3)
            .build();
    List<ReasoningProblem> problems = new ProsQaGenerator(options).generate(300);

    ShortcutBaselines baselines = ShortcutBaselines.measure(problems).orElseThrow();
    assertThat(baselines.getDeeperOption()).isEqualTo(0.5);
    assertThat(problems)
        .allSatisfy(
            problem -> {
              assertThat(ProsQaVerifier.violations(problem)).isEmpty();
              assertThat(problem.getSteps()).hasSizeBetween(minSteps, maxSteps);
              assertThat(graph(problem).getSymbols()).hasSizeLessThanOrEqualTo(nodes);
            });
  }

  @Test
  void equalSeedsGiveEqualProblemsAndOthersDoNot() {
    ProsQaOptions options = ProsQaOptions.builder().seed(1).build();
    assertThat(new ProsQaGenerator(options).generate(50)).isEqualTo(PROBLEMS.subList(0, 50));
    ProsQaOptions other = options.toBuilder().seed(2).build();
    assertThat(new ProsQaGenerator(other).next()).isNotEqualTo(PROBLEMS.get(0));
  }

  @Test
  void leavesOutWhatIsExcludedUnderAnyName() {
    ProsQaOptions options =
        ProsQaOptions.builder().nodes(8).minSteps(2).maxSteps(2).balanced(true).seed(5).build();
    Set<String> excluded = forms(new ProsQaGenerator(options).generate(100));

    ProsQaOptions other = options.toBuilder().seed(6).build();
    assertThat(forms(new ProsQaGenerator(other).generate(300)))
        .as("small problems repeat, so that the next line tests something")
        .containsAnyElementsOf(excluded);
    assertThat(forms(new ProsQaGenerator(other).generate(300, excluded)))
        .doesNotContainAnyElementsOf(excluded);
  }

  @Test
  void saysSoWhenNoProblemIsLeft() {
    ProsQaOptions options =
        ProsQaOptions.builder().nodes(4).minSteps(1).maxSteps(1).seed(5).build();
    ProsQaGenerator generator = new ProsQaGenerator(options);
    Set<String> all = forms(generator.generate(200));
    assertThatThrownBy(() -> generator.generate(1, all))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Problems must remain besides the " + all.size() + " excluded ones");
  }

  @ParameterizedTest
  @CsvSource({
    "3,1,1,nodes must be from 4 to 55",
    "56,3,6,nodes must be from 4 to 55",
    "10,0,2,minSteps must be from 1 to 7",
    "10,3,2,maxSteps must be from 3 to 7",
    "10,2,8,maxSteps must be from 2 to 7",
  })
  void refusesOptionsOutsideTheirRange(int nodes, int minSteps, int maxSteps, String message) {
    var options = ProsQaOptions.builder().nodes(nodes).minSteps(minSteps).maxSteps(maxSteps);
    assertThatThrownBy(options::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static double mean(ToDoubleFunction<ProblemGraph> value) {
    return PROBLEMS.stream()
        .mapToDouble(problem -> value.applyAsDouble(graph(problem)))
        .average()
        .orElseThrow();
  }

  private static double share(Predicate<ReasoningProblem> condition) {
    return (double) PROBLEMS.stream().filter(condition).count() / PROBLEMS.size();
  }

  private static ProblemGraph graph(ReasoningProblem problem) {
    return problem.getGraph().orElseThrow();
  }

  private static long people(ProblemGraph graph) {
    return graph.getSymbols().stream().filter(s -> Character.isUpperCase(s.charAt(0))).count();
  }

  /** How many nodes are below (or are) node 0 and node 1, or not, as asked. */
  private static long labelled(ProblemGraph graph, boolean belowLeft, boolean belowRight) {
    Set<Integer> left = below(0, graph);
    Set<Integer> right = below(1, graph);
    long count = 0;
    for (int node = 0; node < graph.getSymbols().size(); node++) {
      count += left.contains(node) == belowLeft && right.contains(node) == belowRight ? 1 : 0;
    }
    return count;
  }

  private static Set<Integer> below(int root, ProblemGraph graph) {
    Set<Integer> below = new HashSet<>(Set.of(root));
    boolean grew = true;
    while (grew) {
      grew = false;
      for (ProblemGraph.Edge edge : graph.getEdges()) {
        grew |= below.contains(edge.from()) && below.add(edge.to());
      }
    }
    return below;
  }

  private static Set<String> forms(List<ReasoningProblem> problems) {
    return problems.stream().map(CanonicalForm::of).collect(Collectors.toSet());
  }
}
