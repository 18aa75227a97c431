package io.github.coconut4j.analyze;

import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.thought.ThoughtSimilarity;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import java.util.List;
import lombok.Builder;
import lombok.Value;

/** What was found on one set of problems. */
@Value
@Builder(toBuilder = true)
public class DataAnalysis {

  /** Where the problems come from. */
  String data;

  /** Number of problems. */
  int problems;

  /** What rules score that follow no path, or null where the problems lack their graphs. */
  ShortcutBaselines baselines;

  /** What is written after 0, 1, 2, … thoughts. */
  List<ForcedThoughts> forced;

  /** Curves after the first and the second thought. */
  List<ParallelismPoint> parallelism;

  /** Values against height after the first and the second thought. */
  List<ValueByHeight> heights;

  /** What replacing thoughts does; empty for a model trained without. */
  List<CausalEffect> causal;

  /** Cosines of successive thoughts. */
  List<ThoughtSimilarity> similarities;

  /** What the numbers show, a sentence each. */
  List<String> findings;

  /** Every problem's tree, in the order of the problems. */
  List<SearchTree> trees;

  /** Every thought's likeliest tokens. */
  List<LatentReading> readings;

  /** The same with the trees and readings of the first problems alone. */
  public DataAnalysis shortened(int shownProblems) {
    return toBuilder()
        .trees(trees.stream().limit(shownProblems).toList())
        .readings(
            readings.stream().filter(reading -> reading.getProblem() < shownProblems).toList())
        .build();
  }
}
