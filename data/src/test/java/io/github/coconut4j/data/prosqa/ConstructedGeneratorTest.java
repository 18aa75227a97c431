package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ConstructedGeneratorTest {

  private static ConstructedOptions.ConstructedOptionsBuilder options(
      GraphKind kind, int nodes, int minSteps, int maxSteps) {
    return ConstructedOptions.builder()
        .kind(kind)
        .nodes(nodes)
        .minSteps(minSteps)
        .maxSteps(maxSteps)
        .seed(5);
  }

  private static List<ReasoningProblem> problems(
      GraphKind kind, int nodes, int minSteps, int maxSteps, int count) {
    return new ConstructedGenerator(options(kind, nodes, minSteps, maxSteps).build())
        .generate(count);
  }

  /** From the least nodes on, even and odd, up to as many as there are names. */
  @ParameterizedTest
  @CsvSource({
    "DEEP,4,1,1",
    "DEEP,5,1,1",
    "DEEP,6,1,1",
    "DEEP,42,20,20",
    "DEEP,43,20,20",
    "DEEP,44,20,20",
    "DEEP,61,3,20",
    "DEEP,28,3,6",
    "DEEP,167,1,80",
    "DEEP,167,82,82",
    "CHAINS,4,1,1",
    "CHAINS,42,20,20",
    "CHAINS,130,1,20",
    "CHAINS,167,3,82",
    "STARS,6,1,1",
    "STARS,82,20,20",
    "STARS,83,3,20",
    "STARS,167,1,41",
    "DAG,4,1,1",
    "DAG,5,1,1",
    "DAG,42,20,20",
    "DAG,43,20,20",
    "DAG,61,3,20",
    "DAG,167,1,80",
  })
  void everyProblemIsValidAndBalanced(GraphKind kind, int nodes, int minSteps, int maxSteps) {
    assertThat(problems(kind, nodes, minSteps, maxSteps, 100))
        .allSatisfy(
            problem -> {
              assertThat(ProsQaVerifier.violations(problem)).isEmpty();
              assertThat(problem.getSteps()).hasSizeBetween(minSteps, maxSteps);
              requireEqualSides(new ShownProblem(problem), problem.getSteps().size());
              ProblemGraph graph = problem.getGraph().orElseThrow();
              assertThat(graph.getSymbols()).hasSizeLessThanOrEqualTo(nodes);
              assertThat(graph.getEdges()).doesNotHaveDuplicates();
              if (kind.hasManyGraphs()) {
                assertThat(graph.getSymbols()).hasSize(nodes);
              }
            });
  }

  /** Depth, and degrees layer by layer, from the person asked about and from the other option's. */
  private static void requireEqualSides(ShownProblem shown, int steps) {
    assertThat(shown.depths.get(shown.answer)).isEqualTo(steps);
    assertThat(shown.depths.get(shown.other)).isEqualTo(steps);
    assertThat(shown.children(shown.answer)).isEmpty();
    assertThat(shown.children(shown.other)).isEmpty();
    List<String> degrees = shown.degreesByLayer(shown.root());
    assertThat(shown.ownPeople(shown.answer)).containsExactly(shown.root());
    assertThat(shown.ownPeople(shown.other))
        .singleElement()
        .satisfies(person -> assertThat(shown.degreesByLayer(person)).isEqualTo(degrees));
  }

  /**
   * The same options and another person are the same question under other names: a rule that reads
   * only the graph, without the person, finds the same at both options.
   */
  @ParameterizedTest
  @EnumSource(
      value = GraphKind.class,
      names = {"DEEP", "CHAINS", "STARS"})
  void theSidesAreMirrorImages(GraphKind kind) {
    for (ReasoningProblem problem : problems(kind, 46, 3, 10, 200)) {
      ShownProblem shown = new ShownProblem(problem);
      String person = shown.ownPeople(shown.other).iterator().next();
      ProsQaQuestion mirrored =
          new ProsQaQuestion(
              shown.facts,
              person,
              shown.question.getFirstOption(),
              shown.question.getSecondOption());
      assertThat(CanonicalForm.of(mirrored)).isEqualTo(CanonicalForm.of(problem));
    }
  }

  @Test
  void deepGraphsAreLikeThePublishedOnes() {
    List<ReasoningProblem> problems = problems(GraphKind.DEEP, 28, 3, 6, 2000);
    double edges =
        problems.stream()
            .mapToInt(problem -> problem.getGraph().orElseThrow().getEdges().size())
            .average()
            .orElseThrow();
    assertThat(edges / 28).as("36.0 of 22.8 nodes published").isCloseTo(1.58, within(0.25));
    Map<Integer, Long> people =
        problems.stream()
            .map(ShownProblem::new)
            .collect(
                Collectors.groupingBy(p -> p.people.size(), TreeMap::new, Collectors.counting()));
    assertThat(people).containsOnlyKeys(2, 3, 4);
    assertThat(problems)
        .as("no two are one graph")
        .extracting(CanonicalForm::of)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(GraphKind.class)
  void everyNumberOfStepsIsAsLikelyAndEveryNameIsUsed(GraphKind kind) {
    List<ReasoningProblem> problems = problems(kind, 82, 3, 20, 3600);
    Map<Integer, Long> steps =
        problems.stream()
            .collect(
                Collectors.groupingBy(
                    p -> p.getSteps().size(), TreeMap::new, Collectors.counting()));
    assertThat(steps).hasSize(18);
    assertThat(steps.values()).allSatisfy(count -> assertThat(count).isBetween(140L, 260L));
    Set<String> names = new HashSet<>();
    problems.forEach(problem -> names.addAll(problem.getGraph().orElseThrow().getSymbols()));
    assertThat(names).containsAll(ProsQaNames.extended().getPeople());
    assertThat(names).containsAll(ProsQaNames.extended().getConcepts());
  }

  @Test
  void drawsFromTheNamesItIsGiven() {
    ConstructedOptions options =
        options(GraphKind.DEEP, 30, 5, 7).names(ProsQaNames.published()).build();
    Set<String> known = new HashSet<>(ProsQaNames.published().getPeople());
    known.addAll(ProsQaNames.published().getConcepts());
    assertThat(new ConstructedGenerator(options).generate(50))
        .allSatisfy(
            problem -> assertThat(problem.getGraph().orElseThrow().getSymbols()).isSubsetOf(known));
    ProsQaNames few = new ProsQaNames(List.of("Bob", "Tom"), List.of());
    assertThatThrownBy(() -> options(GraphKind.DEEP, 30, 5, 7).names(few).build())
        .hasMessageContaining("nodes must be at most 2");
  }

  /** As small recipes have it: further people are left out, and chains are no more than people. */
  @ParameterizedTest
  @EnumSource(GraphKind.class)
  void twoPeopleSuffice(GraphKind kind) {
    ProsQaNames published = ProsQaNames.published();
    ConstructedOptions options =
        options(kind, 28, 2, 6)
            .names(new ProsQaNames(published.getPeople().subList(0, 2), published.getConcepts()))
            .build();
    assertThat(new ConstructedGenerator(options).generate(200))
        .allSatisfy(
            problem -> {
              assertThat(ProsQaVerifier.violations(problem)).isEmpty();
              assertThat(new ShownProblem(problem).people).hasSize(2);
            });
  }

  @ParameterizedTest
  @EnumSource(GraphKind.class)
  void augmentedProblemsStayTheSameProblem(GraphKind kind) {
    ProblemAugmenter augmenter = new ProblemAugmenter(ProsQaNames.extended());
    SplittableRandom random = new SplittableRandom(3);
    for (ReasoningProblem problem : problems(kind, 60, 3, 12, 50)) {
      ReasoningProblem other = augmenter.augment(problem, random);
      assertThat(ProsQaVerifier.violations(other)).isEmpty();
      assertThat(CanonicalForm.of(other)).isEqualTo(CanonicalForm.of(problem));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = GraphKind.class,
      names = {"DEEP", "DAG"})
  void leavesOutWhatIsExcludedUnderAnyName(GraphKind kind) {
    List<ReasoningProblem> small = problems(kind, 9, 2, 2, 5);
    Set<String> excluded = small.stream().map(CanonicalForm::of).collect(Collectors.toSet());
    ConstructedOptions options = options(kind, 9, 2, 2).seed(6).build();
    assertThat(new ConstructedGenerator(options).generate(200))
        .extracting(CanonicalForm::of)
        .containsAnyElementsOf(excluded);
    assertThat(new ConstructedGenerator(options).generate(200, excluded))
        .extracting(CanonicalForm::of)
        .doesNotContainAnyElementsOf(excluded);
  }

  @ParameterizedTest
  @EnumSource(
      value = GraphKind.class,
      names = {"CHAINS", "STARS"})
  void saysSoWhereThereIsOneGraphOnly(GraphKind kind) {
    assertThat(kind.hasManyGraphs()).isFalse();
    ConstructedGenerator generator = new ConstructedGenerator(options(kind, 20, 3, 3).build());
    Set<String> only = Set.of(CanonicalForm.of(generator.next()));
    assertThatThrownBy(() -> generator.generate(1, only))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Problems must remain besides the 1 excluded ones");
  }

  @ParameterizedTest
  @CsvSource({
    "DEEP,28,0,6,'minSteps must be at least 1, found 0'",
    "DEEP,28,-3,6,'minSteps must be at least 1, found -3'",
    "DEEP,28,6,5,'maxSteps must be at least minSteps, 6, found 5'",
    "DEEP,41,3,20,'nodes must be at least 42 for two sides of 20 steps'",
    "CHAINS,41,20,20,'nodes must be at least 42 for two sides of 20 steps'",
    "STARS,81,3,20,'nodes must be at least 82 for two sides of 20 steps'",
    "DAG,41,3,20,'nodes must be at least 42 for two sides of 20 steps'",
    "STARS,28,1,2147483647,nodes must be at least 8589934590",
    "CHAINS,28,1,2147483647,nodes must be at least 4294967296",
    "DEEP,168,3,6,'nodes must be at most 167'",
    "DEEP,2147483647,3,6,'nodes must be at most 167'",
    "DEEP,-1,3,6,'nodes must be at least 14'",
  })
  void refusesWhatCannotBeBuilt(
      GraphKind kind, int nodes, int minSteps, int maxSteps, String message) {
    assertThatThrownBy(() -> options(kind, nodes, minSteps, maxSteps).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageMatching(".*; (allow|ask|raise).*");
  }
}
