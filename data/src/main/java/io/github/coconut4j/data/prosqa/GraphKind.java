package io.github.coconut4j.data.prosqa;

import java.util.random.RandomGenerator;

/** The graphs that {@link ConstructedGenerator} makes; each has two sides and an option on each. */
public enum GraphKind {

  /**
   * Two mirrored sides that branch, meet again and end in dead ends as those of the published
   * problems do; edges lead across from one side's nodes to the other side's dead ends.
   */
  DEEP(true) {
    @Override
    long leastNodes(int steps) {
      return 2 * (steps + 1L);
    }

    @Override
    TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random) {
      return DeepGraph.draw(nodes, steps, people - 2, random);
    }
  },

  /**
   * Disjoint chains of equal length, as many as there are nodes and people for. No node has two
   * children.
   */
  CHAINS(false) {
    @Override
    long leastNodes(int steps) {
      return 2 * (steps + 1L);
    }

    @Override
    TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random) {
      return SimpleGraphs.chains(Math.min(people, nodes / (steps + 1)), steps);
    }
  },

  /**
   * Two stars: arms of equal length, as many as there are nodes for and at least two, that begin at
   * one person (Bachmann and Nagarajan, arXiv 2403.06963). No node but a person has two children.
   */
  STARS(false) {
    @Override
    long leastNodes(int steps) {
      return 2 * (1 + 2L * steps);
    }

    @Override
    TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random) {
      return SimpleGraphs.stars((nodes / 2 - 1) / steps, steps);
    }
  },

  /**
   * Two sides in layers of equal width. A node has one to three parents in the layer before its own
   * and none ends early, so that many paths meet. The sides have the same degrees, layer by layer,
   * and other edges.
   */
  DAG(true) {
    @Override
    long leastNodes(int steps) {
      return 2 * (steps + 1L);
    }

    @Override
    TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random) {
      return LayeredDag.draw(nodes, steps, random);
    }
  };

  private final boolean drawn;

  GraphKind(boolean drawn) {
    this.drawn = drawn;
  }

  /**
   * Whether problems of one number of nodes and steps may be different graphs. Where they are not,
   * all have one canonical form, so that none is left if one is excluded.
   */
  public boolean hasManyGraphs() {
    return drawn;
  }

  /** The fewest nodes that hold two sides of so many steps. */
  abstract long leastNodes(int steps);

  /**
   * A graph whose options lie so many steps from their roots.
   *
   * @param nodes nodes at most, and no fewer than {@link #leastNodes}
   * @param people people at most, at least 2
   */
  abstract TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random);
}
