package io.github.coconut4j.analyze.tree;

import java.util.List;
import lombok.Builder;
import lombok.Value;

/**
 * A node at some distance from the root, with the model's value after the thoughts of as many
 * steps.
 */
@Value
@Builder
public class TreeNode {

  /** The concept. */
  String name;

  /** Least number of edges to a leaf, 0 for a leaf. */
  int height;

  /** Whether the answer can be reached from here, or this is the answer. */
  boolean leadsToTarget;

  /** Probability of the concept as the subject of the next step, 0 to 1. */
  double value;

  /** The value's share of the sum over the nodes of this level, 0 to 1. */
  double share;

  /** The nodes of the previous level that lead here. */
  List<String> parents;
}
