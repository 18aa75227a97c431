package io.github.coconut4j.analyze;

import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.thought.ThoughtSimilarity;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import lombok.Builder;
import lombok.Value;

/** The results on one set of problems. */
@Value
@Builder(toBuilder = true)
public class DataAnalysis {

  /** Source of the problems. */
  String data;

  /** Number of problems. */
  int problems;

  /** Scores of rules that follow no path, or null if the problems have no graphs. */
  ShortcutBaselines baselines;

  /** Outputs after 0, 1, 2, … thoughts. */
  List<ForcedThoughts> forced;

  /** Curves after the thoughts of one and of two steps. */
  List<ParallelismPoint> parallelism;

  /** Values against height after the thoughts of one and of two steps. */
  List<ValueByHeight> heights;

  /** Effects of replacing thoughts; empty for a model trained without thoughts. */
  List<CausalEffect> causal;

  /** Cosines of successive thoughts. */
  List<ThoughtSimilarity> similarities;

  /** Findings from the numbers, one sentence each. */
  List<String> findings;

  /** Every problem's tree, in the order of the problems. */
  List<SearchTree> trees;

  /** The most likely tokens of every thought. */
  List<LatentReading> readings;

  /**
   * The same with only the trees with most nodes, which show most of a search, and the readings of
   * their problems.
   */
  public DataAnalysis withLargestTrees(int count) {
    List<SearchTree> largest =
        trees.stream()
            .sorted(Comparator.comparing(SearchTree::nodes).reversed())
            .limit(count)
            .sorted(Comparator.comparing(SearchTree::getProblem))
            .toList();
    Set<Integer> shown = largest.stream().map(SearchTree::getProblem).collect(Collectors.toSet());
    return toBuilder()
        .trees(largest)
        .readings(
            readings.stream().filter(reading -> shown.contains(reading.getProblem())).toList())
        .build();
  }
}
