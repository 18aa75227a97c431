package io.github.coconut4j.data.prosqa;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The layers of one side: node 0, the person, is layer 0, and nodes are numbered layer by layer.
 * The last node, in the last layer, is the side's option.
 */
final class Layers {

  private final int[] layerOf;

  private Layers(int[] layerOf) {
    this.layerOf = layerOf;
    Arrays.sort(layerOf);
  }

  /**
   * Places one node in each layer from 1 to {@code steps}, and the others in random layers of
   * these.
   */
  static Layers random(int nodes, int steps, RandomGenerator random) {
    int[] layerOf = new int[nodes];
    for (int node = 1; node < nodes; node++) {
      layerOf[node] = node <= steps ? node : 1 + random.nextInt(steps);
    }
    return new Layers(layerOf);
  }

  /** Layers whose sizes differ by at most one; the wider ones are chosen at random. */
  static Layers even(int nodes, int steps, RandomGenerator random) {
    List<Integer> order =
        RandomDraws.shuffled(IntStream.rangeClosed(1, steps).boxed().toList(), random);
    int[] layerOf = new int[nodes];
    for (int node = 1; node < nodes; node++) {
      layerOf[node] = order.get((node - 1) % steps);
    }
    return new Layers(layerOf);
  }

  int size() {
    return layerOf.length;
  }

  int last() {
    return layerOf[size() - 1];
  }

  int layer(int node) {
    return layerOf[node];
  }

  /** The first node of a layer, or the number of nodes for the layer after the last. */
  int first(int layer) {
    int node = 0;
    while (node < size() && layerOf[node] < layer) {
      node++;
    }
    return node;
  }
}
