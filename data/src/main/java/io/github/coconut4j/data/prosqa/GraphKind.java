package io.github.coconut4j.data.prosqa;

import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * The kinds of graphs that {@link ConstructedGenerator} makes; each has two sides with one option
 * each.
 */
public enum GraphKind {

  /**
   * Two mirrored sides that branch, join and have dead ends like the published problems; edges
   * cross from one side's nodes to the other side's dead ends.
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
   * Disjoint chains of equal length, as many as nodes and people allow. No node has two children.
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
   * Two stars with arms of equal length that begin at one person, as many as nodes allow and at
   * least two (Bachmann and Nagarajan, arXiv 2403.06963). Only people have more than one child.
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
   * Two sides in layers of equal width. A node has one to three parents in the previous layer and
   * there are no dead ends, so that many paths join. The sides have the same degrees in each layer,
   * but different edges.
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
   * Whether problems with the same numbers of nodes and steps may have different graphs. If not,
   * all have one canonical form, so that excluding one excludes all.
   */
  public boolean hasManyGraphs() {
    return drawn;
  }

  /** Name of its generator, such as {@code prosqa-deep}. */
  public String generatorName() {
    return "prosqa-" + name().toLowerCase(Locale.ROOT);
  }

  /** Smallest number of nodes for two sides with this many steps. */
  abstract long leastNodes(int steps);

  /**
   * Makes a graph whose options are this many steps from their roots.
   *
   * @param nodes largest number of nodes, at least {@link #leastNodes}
   * @param people largest number of people, at least 2
   */
  abstract TwoSidedGraph draw(int nodes, int steps, int people, RandomGenerator random);
}
