package io.github.coconut4j.analyze.tree;

import java.util.List;
import lombok.Builder;
import lombok.Value;

/** A node that is some steps from the root, as the model values it after as many thoughts. */
@Value
@Builder
public class TreeNode {

  /** The concept. */
  String name;

  /** Least number of edges to a leaf, 0 for a leaf. */
  int height;

  /** Whether the answer can be reached from here, or this is it. */
  boolean leadsToTarget;

  /** Probability of the concept as the subject of the next step, 0 to 1. */
  double value;

  /** The value's share of the sum over the nodes of this level, 0 to 1. */
  double share;

  /** The nodes of the level above that lead here. */
  List<String> parents;
}
