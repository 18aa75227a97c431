package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A random acyclic graph that grows from two roots, nodes 0 and 1. Every node knows which of the
 * roots are among its ancestors.
 *
 * <p>The procedure is reconstructed from the published problems: node v has a Poisson number of
 * parents, more often from one root's descendants than from all, and more often deep ones.
 */
final class LabelledGraph {

  /**
   * Label of the nodes below root 0 only. In general it is {@code 1 << root}; 0 for nodes below no
   * root, 3 for those below both.
   */
  static final int LEFT = 1;

  /** Label of the nodes below root 1 only. */
  static final int RIGHT = 2;

  private static final double MEAN_PARENTS = 1.5;
  private static final double LEFT_SHARE = 0.35;
  private static final double RIGHT_SHARE = 0.7;
  private static final double WEIGHT_OF_DEPTH = 1.5;

  private final int size;
  private final int[] labels;
  private final int[] depths;
  private final int[] inDegrees;
  private final int[] outDegrees;
  private final List<Edge> edges;

  private LabelledGraph(int size, int[] labels, int[] depths, List<Edge> edges) {
    this.size = size;
    this.labels = labels;
    this.depths = depths;
    this.edges = edges;
    inDegrees = new int[size];
    outDegrees = new int[size];
    for (Edge edge : edges) {
      outDegrees[edge.from()]++;
      inDegrees[edge.to()]++;
    }
  }

  /** Grows a graph of {@code nodes} nodes, some of which may have no edge. */
  static LabelledGraph grow(int nodes, RandomGenerator random) {
    int[] labels = new int[nodes];
    int[] depths = new int[nodes];
    labels[0] = LEFT;
    labels[1] = RIGHT;
    List<Edge> edges = new ArrayList<>();
    for (int node = 2; node < nodes; node++) {
      int parents = RandomDraws.poisson(MEAN_PARENTS, random);
      double[] weights = weights(node, labels, depths, random);
      int depth = Integer.MAX_VALUE;
      for (int i = 0; i < parents; i++) {
        int parent = RandomDraws.weighted(weights, random);
        if (parent < 0) {
          break;
        }
        weights[parent] = 0;
        edges.add(new Edge(parent, node));
        labels[node] |= labels[parent];
        if (labels[parent] == LEFT || labels[parent] == RIGHT) {
          depth = Math.min(depth, depths[parent] + 1);
        }
      }
      depths[node] = labels[node] == LEFT || labels[node] == RIGHT ? depth : 0;
    }
    return new LabelledGraph(nodes, labels, depths, edges);
  }

  /** The same graph without the nodes that have no edge; the others keep their order. */
  LabelledGraph withoutLoneNodes() {
    int[] renumbered = new int[size];
    int[] newLabels = new int[size];
    int[] newDepths = new int[size];
    int next = 0;
    for (int node = 0; node < size; node++) {
      if (inDegrees[node] + outDegrees[node] > 0) {
        newLabels[next] = labels[node];
        newDepths[next] = depths[node];
        renumbered[node] = next++;
      }
    }
    List<Edge> newEdges = new ArrayList<>(edges.size());
    for (Edge edge : edges) {
      newEdges.add(new Edge(renumbered[edge.from()], renumbered[edge.to()]));
    }
    return new LabelledGraph(
        next, Arrays.copyOf(newLabels, next), Arrays.copyOf(newDepths, next), newEdges);
  }

  int size() {
    return size;
  }

  List<Edge> edges() {
    return edges;
  }

  int label(int node) {
    return labels[node];
  }

  /** Distance from the node's own root; 0 for nodes below no root or both. */
  int depth(int node) {
    return depths[node];
  }

  boolean hasEdges(int node) {
    return inDegrees[node] + outDegrees[node] > 0;
  }

  /** The nodes of a label without outgoing edges, in ascending order. */
  List<Integer> sinks(int label) {
    List<Integer> sinks = new ArrayList<>();
    for (int node = 0; node < size; node++) {
      if (labels[node] == label && outDegrees[node] == 0) {
        sinks.add(node);
      }
    }
    return sinks;
  }

  /** For each node before {@code node} its weight as a parent, 0 if it is not a candidate. */
  private static double[] weights(int node, int[] labels, int[] depths, RandomGenerator random) {
    int wanted = 0;
    if (random.nextDouble() < LEFT_SHARE) {
      wanted = LEFT;
    } else if (random.nextDouble() < RIGHT_SHARE) {
      wanted = RIGHT;
    }
    double[] weights = new double[node];
    for (int parent = 0; parent < node; parent++) {
      if (wanted == 0 || labels[parent] == wanted) {
        weights[parent] = 1 + WEIGHT_OF_DEPTH * depths[parent];
      }
    }
    return weights;
  }
}
