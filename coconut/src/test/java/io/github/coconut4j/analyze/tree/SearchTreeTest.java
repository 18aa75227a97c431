package io.github.coconut4j.analyze.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.analyze.path.FactGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A tree whose shares are computed by hand. */
class SearchTreeTest {

  private static final FactGraph GRAPH =
      FactGraph.of(
          ReasoningProblem.builder()
              .question(
                  "Bob is a apus. Bob is a bpus. Bob is a cpus. Every apus is a dpus."
                      + " Every bpus is a dpus. Every bpus is a epus. Max is a fpus."
                      + " Is Bob a dpus or fpus?")
              .steps(List.of("Bob is a apus.", "Every apus is a dpus."))
              .answer("Bob is a dpus.")
              .build());

  private static final List<Map<String, Double>> VALUES =
      List.of(
          Map.of("apus", 0.4, "bpus", 0.2, "cpus", 0.2, "dpus", 0.1, "epus", 0.1),
          Map.of("apus", 0.1, "bpus", 0.1, "cpus", 0.2, "dpus", 0.45, "epus", 0.15),
          Map.of("apus", 0.2, "bpus", 0.2, "cpus", 0.2, "dpus", 0.2, "epus", 0.2));

  private static final SearchTree TREE = SearchTree.of(0, GRAPH, VALUES);

  @Test
  void levelsAreFrontiersWithTheValuesAfterAsManyThoughts() {
    assertThat(TREE.getLevels()).hasSize(2);
    assertThat(TREE.getLevels().get(0))
        .extracting(TreeNode::getName, TreeNode::getValue)
        .containsExactly(tuple("apus", 0.4), tuple("bpus", 0.2), tuple("cpus", 0.2));
    TreeNode answer = TREE.getLevels().get(1).get(0);
    assertThat(answer.getName()).isEqualTo("dpus");
    assertThat(answer.getParents()).containsExactly("apus", "bpus");
    assertThat(answer.isLeadsToTarget()).isTrue();
    assertThat(answer.getShare()).isCloseTo(0.75, within(1e-12));
  }

  /** With two thoughts per step the third has begun a step that it does not end. */
  @Test
  void aLevelHasTheValuesAfterAllThoughtsOfItsSteps() {
    SearchTree tree = SearchTree.of(0, GRAPH, VALUES, 2);

    assertThat(tree.getLevels()).hasSize(1);
    assertThat(tree.getLevels().get(0))
        .extracting(TreeNode::getName, TreeNode::getValue)
        .containsExactly(tuple("apus", 0.1), tuple("bpus", 0.1), tuple("cpus", 0.2));
    assertThat(tree.thoughts(1)).isEqualTo(2);
    assertThat(ParallelismPoint.curve(List.of(tree), 1))
        .isNotEmpty()
        .allMatch(point -> point.getThoughts() == 2);
    assertThat(ValueByHeight.of(List.of(tree), 1))
        .isNotEmpty()
        .allMatch(group -> group.getThoughts() == 2);
  }

  @Test
  void theLargestSharesAddUp() {
    assertThat(TREE.topShare(1, 1)).isCloseTo(0.5, within(1e-12));
    assertThat(TREE.topShare(1, 2)).isCloseTo(0.75, within(1e-12));
    assertThat(TREE.topShare(1, 3)).isCloseTo(1, within(1e-12));
    assertThat(TREE.topShare(2, 3)).isCloseTo(1, within(1e-12));
  }

  @Test
  void aCurveGoesFromTheLeastShareToTheLargest() {
    SearchTree narrow =
        SearchTree.of(0, GRAPH, List.of(Map.of("apus", 0.9, "bpus", 0.1, "cpus", 0.0)));
    List<ParallelismPoint> curve = ParallelismPoint.curve(List.of(narrow, TREE), 1);

    assertThat(curve).hasSize(21).allMatch(point -> point.getProblems() == 2);
    assertThat(curve.get(0).getTop1()).isCloseTo(0.5, within(1e-12));
    assertThat(curve.get(10).getTop1()).isCloseTo(0.7, within(1e-12));
    assertThat(curve.get(20).getTop1()).isCloseTo(0.9, within(1e-12));
    assertThat(ParallelismPoint.curve(List.of(narrow), 2)).isEmpty();
  }

  @Test
  void valuesAreGroupedByHeightAndByWhetherTheyLeadToTheAnswer() {
    assertThat(ValueByHeight.of(List.of(TREE), 1))
        .extracting(
            ValueByHeight::getHeight, ValueByHeight::isLeadsToTarget, ValueByHeight::getNodes)
        .containsExactly(tuple(0, false, 1), tuple(1, true, 2));
    assertThat(ValueByHeight.of(List.of(TREE), 1).get(1).getMeanValue())
        .isCloseTo(0.3, within(1e-12));
  }
}
