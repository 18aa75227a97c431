package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/** The children and parents of every node of a directed graph, and distances along its edges. */
public final class Adjacency {

  /** Distance of a node that cannot be reached. */
  public static final int UNREACHABLE = Integer.MAX_VALUE;

  private final List<List<Integer>> children;
  private final List<List<Integer>> parents;

  /**
   * Makes the graph of some edges.
   *
   * @param nodes number of nodes
   * @param edges between nodes from 0 to below {@code nodes}
   */
  public Adjacency(int nodes, List<Edge> edges) {
    children = emptyLists(nodes);
    parents = emptyLists(nodes);
    for (Edge edge : edges) {
      children.get(edge.from()).add(edge.to());
      parents.get(edge.to()).add(edge.from());
    }
  }

  private Adjacency(List<List<Integer>> children, List<List<Integer>> parents) {
    this.children = children;
    this.parents = parents;
  }

  int size() {
    return children.size();
  }

  /** Nodes that an edge leads to from a node. */
  public List<Integer> children(int node) {
    return children.get(node);
  }

  List<Integer> parents(int node) {
    return parents.get(node);
  }

  /** Least number of edges from any of the sources to each node, {@link #UNREACHABLE} if none. */
  public int[] distancesFrom(List<Integer> sources) {
    int[] distances = new int[size()];
    Arrays.fill(distances, UNREACHABLE);
    Deque<Integer> queue = new ArrayDeque<>(sources);
    sources.forEach(source -> distances[source] = 0);
    while (!queue.isEmpty()) {
      int node = queue.remove();
      for (int child : children.get(node)) {
        if (distances[child] == UNREACHABLE) {
          distances[child] = distances[node] + 1;
          queue.add(child);
        }
      }
    }
    return distances;
  }

  /** The same graph with every edge reversed. */
  public Adjacency reversed() {
    return new Adjacency(parents, children);
  }

  /** Least number of edges from any person (a node that no edge enters) to each node. */
  int[] distancesFromPeople() {
    List<Integer> people = new ArrayList<>();
    for (int node = 0; node < size(); node++) {
      if (parents.get(node).isEmpty()) {
        people.add(node);
      }
    }
    return distancesFrom(people);
  }

  /**
   * A random shortest path, all with equal probability.
   *
   * @return the nodes from {@code root} to {@code target}, which must be reachable from it
   */
  List<Integer> shortestPath(int root, int target, RandomGenerator random) {
    int[] distances = distancesFrom(List.of(root));
    double[] pathCounts = pathCounts(root, distances);
    Deque<Integer> path = new ArrayDeque<>(List.of(target));
    for (int node = target; node != root; node = path.getFirst()) {
      double[] weights = new double[size()];
      for (int parent : parents.get(node)) {
        if (distances[parent] == distances[node] - 1) {
          weights[parent] = pathCounts[parent];
        }
      }
      path.addFirst(RandomDraws.weighted(weights, random));
    }
    return new ArrayList<>(path);
  }

  /** The number of shortest paths from the root to each node. */
  private double[] pathCounts(int root, int[] distances) {
    double[] counts = new double[size()];
    counts[root] = 1;
    Deque<Integer> queue = new ArrayDeque<>(List.of(root));
    boolean[] queued = new boolean[size()];
    while (!queue.isEmpty()) {
      int node = queue.remove();
      for (int child : children.get(node)) {
        if (distances[child] == distances[node] + 1) {
          counts[child] += counts[node];
          if (!queued[child]) {
            queued[child] = true;
            queue.add(child);
          }
        }
      }
    }
    return counts;
  }

  private static List<List<Integer>> emptyLists(int count) {
    List<List<Integer>> lists = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }
}
