package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.prosqa.TwoSidedGraph.Side;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Samples a side in layers, and makes two sides from it by exchanging the ends of edges between the
 * same layers, which preserves every node's degrees. Both sides are made in the same way,
 * independently of the question.
 */
final class LayeredDag {

  private static final int MOST_PARENTS = 3;

  /** Number of attempted exchanges per edge. */
  private static final int EXCHANGES = 5;

  private final RandomGenerator random;
  private final Layers layers;

  private LayeredDag(Layers layers, RandomGenerator random) {
    this.layers = layers;
    this.random = random;
  }

  /** Samples a graph with exactly {@code nodes} nodes, at least {@code 2 * (steps + 1)}. */
  static TwoSidedGraph draw(int nodes, int steps, RandomGenerator random) {
    int common = TwoSidedGraph.leastCommon(nodes, steps);
    int size = (nodes - common) / 2;
    LayeredDag dag = new LayeredDag(Layers.even(size, steps, random), random);
    List<List<Edge>> between = dag.drawSide();
    List<Edge> edges = new ArrayList<>();
    dag.addSide(between, 0, edges);
    dag.addSide(between, size, edges);
    for (int node = 2 * size; node < nodes; node++) {
      int parent = random.nextInt(dag.layers.first(steps));
      edges.add(new Edge(parent, node));
      edges.add(new Edge(parent + size, node));
    }
    return new TwoSidedGraph(nodes, edges, new Side(0, size - 1), new Side(size, 2 * size - 1));
  }

  /**
   * The edges into each layer: one to three parents for each node, and at least one child for every
   * node before the last layer.
   */
  private List<List<Edge>> drawSide() {
    List<List<Edge>> between = new ArrayList<>();
    for (int layer = 1; layer <= layers.last(); layer++) {
      int start = layers.first(layer);
      int end = layers.first(layer + 1);
      List<Integer> parents = shuffledRange(layers.first(layer - 1), start);
      List<Edge> edges = new ArrayList<>();
      int next = 0;
      for (int node = start; node < end; node++) {
        int count = Math.min(parents.size(), 1 + random.nextInt(MOST_PARENTS));
        for (int i = 0; i < count; i++) {
          edges.add(new Edge(parents.get(next++ % parents.size()), node));
        }
      }
      for (; next < parents.size(); next++) {
        edges.add(new Edge(parents.get(next), start + random.nextInt(end - start)));
      }
      between.add(edges);
    }
    return between;
  }

  private List<Integer> shuffledRange(int from, int to) {
    List<Integer> nodes = new ArrayList<>();
    for (int node = from; node < to; node++) {
      nodes.add(node);
    }
    return RandomDraws.shuffled(nodes, random);
  }

  private void addSide(List<List<Edge>> between, int offset, List<Edge> all) {
    for (List<Edge> edges : between) {
      for (Edge edge : exchanged(edges)) {
        all.add(new Edge(edge.from() + offset, edge.to() + offset));
      }
    }
  }

  /** Different edges between the same layers, with the same degrees. */
  private List<Edge> exchanged(List<Edge> edges) {
    List<Edge> list = new ArrayList<>(edges);
    Set<Edge> set = new HashSet<>(edges);
    for (int attempt = 0; attempt < EXCHANGES * list.size(); attempt++) {
      int i = random.nextInt(list.size());
      int j = random.nextInt(list.size());
      Edge first = new Edge(list.get(i).from(), list.get(j).to());
      Edge second = new Edge(list.get(j).from(), list.get(i).to());
      if (!set.contains(first) && !set.contains(second)) {
        set.remove(list.set(i, first));
        set.remove(list.set(j, second));
        set.add(first);
        set.add(second);
      }
    }
    return list;
  }
}
