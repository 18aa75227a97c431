package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.prosqa.TwoSidedGraph.Side;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Samples a side like the published graphs (layers, a Poisson number of parents), mirrors it, and
 * joins the two without a path from a person to the other side's option. The graph is symmetric
 * under exchanging every node for its mirror image, so without the question's person both options
 * look the same.
 *
 * <p>Node v of the left side has node v + n, of n in a side, as its mirror image; nodes that belong
 * to both sides come last.
 */
final class DeepGraph {

  /**
   * Largest number of people in addition to the two that may be asked about; the published problems
   * have one or two.
   */
  private static final int MOST_FURTHER_PEOPLE = 2;

  /** Mean number of parents after the first, for 1.5 edges per node. */
  private static final double MEAN_FURTHER_PARENTS = 0.5;

  /** Share of dead ends that are also reached from the other side. */
  private static final double CROSSED = 0.3;

  /**
   * Share of the nodes not needed for chains that both sides have in common, beyond the minimum.
   */
  private static final double COMMON = 0.1;

  private final RandomGenerator random;
  private final Layers layers;
  private final int size;
  private final List<Edge> edges = new ArrayList<>();

  private DeepGraph(Layers layers, RandomGenerator random) {
    this.layers = layers;
    this.random = random;
    size = layers.size();
  }

  /**
   * Samples a graph.
   *
   * @param nodes exact number of nodes, at least {@code 2 * (steps + 1)}
   * @param furtherPeople largest number of people in addition to the two
   */
  static TwoSidedGraph draw(int nodes, int steps, int furtherPeople, RandomGenerator random) {
    int common = TwoSidedGraph.leastCommon(nodes, steps);
    int furtherPairs = (nodes - common) / 2 - steps - 1;
    for (int pair = 0; pair < furtherPairs; pair++) {
      common += random.nextDouble() < COMMON ? 2 : 0;
    }
    int size = (nodes - common) / 2;
    DeepGraph graph = new DeepGraph(Layers.random(size, steps, random), random);
    graph.drawSides();
    graph.cross();
    graph.addCommon(common, Math.min(furtherPeople, MOST_FURTHER_PEOPLE));
    return new TwoSidedGraph(
        nodes, graph.edges, new Side(0, size - 1), new Side(size, 2 * size - 1));
  }

  /**
   * Gives every node one parent in the previous layer, so that its layer is its distance from the
   * person, and possibly more parents there or earlier in its own layer.
   */
  private void drawSides() {
    for (int node = 1; node < size; node++) {
      int layer = layers.layer(node);
      int start = layers.first(layer);
      int before = layers.first(layer - 1);
      boolean[] taken = new boolean[node];
      addParent(before + random.nextInt(start - before), node, taken);
      for (int i = RandomDraws.poisson(MEAN_FURTHER_PARENTS, random); i > 0; i--) {
        int parent = before + random.nextInt(node - before);
        if (!taken[parent]) {
          addParent(parent, node, taken);
        }
      }
    }
  }

  private void addParent(int parent, int node, boolean[] taken) {
    taken[parent] = true;
    addMirrored(parent, node);
  }

  /** An edge on the left side and its mirror image on the right. */
  private void addMirrored(int from, int to) {
    edges.add(new Edge(from, to));
    edges.add(new Edge(from + size, to + size));
  }

  /**
   * Adds edges from each side to some of the other's dead ends, from which no option is reached.
   */
  private void cross() {
    boolean[] leading = leadingToOption();
    for (int node = 1; node < size; node++) {
      if (!leading[node] && random.nextDouble() < CROSSED) {
        int before = layers.first(layers.layer(node) - 1);
        int from = before + random.nextInt(node - before);
        edges.add(new Edge(from, node + size));
        edges.add(new Edge(from + size, node));
      }
    }
  }

  /** For each node of the left side, whether it leads to the option. */
  private boolean[] leadingToOption() {
    Adjacency adjacency = new Adjacency(2 * size, edges);
    boolean[] leading = new boolean[size];
    leading[size - 1] = true;
    for (int node = size - 1; node >= 0; node--) {
      if (leading[node]) {
        adjacency.parents(node).forEach(parent -> leading[parent] = true);
      }
    }
    return leading;
  }

  /**
   * Adds nodes that are their own mirror image: concepts below a node and its image, and people
   * above a node of the first layer and its image, which does not change distances from people.
   */
  private void addCommon(int count, int people) {
    int left = people;
    for (int i = 0; i < count; i++) {
      int node = 2 * size + i;
      if (left > 0 && random.nextBoolean()) {
        left--;
        int child = 1 + random.nextInt(layers.first(2) - 1);
        edges.addAll(Arrays.asList(new Edge(node, child), new Edge(node, child + size)));
      } else {
        int parent = random.nextInt(layers.first(layers.last()));
        edges.addAll(Arrays.asList(new Edge(parent, node), new Edge(parent + size, node)));
      }
    }
  }
}
