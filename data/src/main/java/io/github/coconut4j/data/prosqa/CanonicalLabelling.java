package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemGraph.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers the nodes of a coloured directed graph so that isomorphic graphs become equal, by colour
 * refinement and, if nodes of equal colour remain, a search over which of them comes first (McKay,
 * Practical graph isomorphism, 1981). Of all numberings that the search reaches, the one with the
 * smallest list of edges is chosen. Automorphisms that are found prune the search.
 *
 * <p>The depth of the search is the number of equivalent-looking nodes, and for some graphs, but
 * not those of problems, it takes exponential time. So both are limited.
 */
final class CanonicalLabelling {

  /**
   * Largest number of nodes: published problems have 28, and each level of the search needs a stack
   * frame.
   */
  static final int MOST_NODES = 2000;

  /**
   * Largest number of visits to edges and nodes, which take some seconds. 400 equivalent nodes need
   * a third of it.
   */
  private static final long MOST_STEPS = 1_000_000_000;

  private final int size;
  private final List<Edge> edges;
  private final WorkLimit limit;
  private final ColourRefinement refinement;
  private final int[] path;
  private final List<int[]> automorphisms = new ArrayList<>();
  private Leaf first;
  private Leaf best;

  /**
   * A numbering that the search ended at.
   *
   * @param path the nodes that were put first, one per level
   * @param positions the number of each node
   * @param codes the edges under this numbering, ascending
   */
  private record Leaf(int[] path, int[] positions, int[] codes) {}

  private CanonicalLabelling(int[] colours, List<Edge> edges) {
    size = colours.length;
    this.edges = edges;
    limit = new WorkLimit("the " + size + " nodes of a question's graph", MOST_STEPS);
    refinement = new ColourRefinement(size, edges, limit);
    path = new int[size];
  }

  /**
   * The canonical position of each node. Nodes of a smaller colour come first.
   *
   * @param colours a colour for each node, which isomorphisms preserve
   * @param edges distinct edges
   * @throws InvalidProblemException if there are too many nodes, or too many equivalent ones
   */
  static int[] of(int[] colours, List<Edge> edges) {
    if (colours.length > MOST_NODES) {
      throw new InvalidProblemException(
          "a question must have at most "
              + MOST_NODES
              + " nodes to be compared with others, found "
              + colours.length
              + "; leave the problem out");
    }
    CanonicalLabelling labelling = new CanonicalLabelling(colours, edges);
    labelling.search(colours.clone(), 0);
    return labelling.best.positions();
  }

  /** The edges as numbers, {@code from * size + to}, after renumbering and in ascending order. */
  static int[] edgeCodes(int[] positions, List<Edge> edges) {
    int[] codes = new int[edges.size()];
    for (int i = 0; i < codes.length; i++) {
      Edge edge = edges.get(i);
      codes[i] = positions[edge.from()] * positions.length + positions[edge.to()];
    }
    Arrays.sort(codes);
    return codes;
  }

  /** Searches below a node of the search tree; returns the level at which to go on. */
  private int search(int[] colours, int level) {
    refinement.refine(colours);
    int[] cell = firstSharedColour(colours);
    if (cell.length == 0) {
      return visitLeaf(colours, level);
    }
    int known = -1;
    int[] orbits = {};
    for (int i = 0; i < cell.length; i++) {
      if (i > 0 && known < automorphisms.size()) {
        known = automorphisms.size();
        orbits = orbits(level);
      }
      if (!isEquivalentToEarlier(cell, i, orbits)) {
        path[level] = cell[i];
        int next = search(ColourRefinement.putFirst(cell[i], colours), level + 1);
        if (next < level) {
          return next;
        }
      }
    }
    return level - 1;
  }

  /** The nodes of the least colour that more than one node has; none if all differ. */
  private int[] firstSharedColour(int[] colours) {
    int[] counts = new int[size];
    for (int colour : colours) {
      counts[colour]++;
    }
    for (int colour = 0; colour < size; colour++) {
      if (counts[colour] > 1) {
        return nodesOf(colour, counts[colour], colours);
      }
    }
    return new int[0];
  }

  private int[] nodesOf(int colour, int count, int[] colours) {
    int[] nodes = new int[count];
    int next = 0;
    for (int node = 0; node < size; node++) {
      if (colours[node] == colour) {
        nodes[next++] = node;
      }
    }
    return nodes;
  }

  private int visitLeaf(int[] positions, int level) {
    Leaf leaf = new Leaf(Arrays.copyOf(path, level), positions, edgeCodes(positions, edges));
    if (first == null) {
      first = leaf;
      best = leaf;
      return level - 1;
    }
    for (Leaf earlier : List.of(first, best)) {
      if (Arrays.equals(leaf.codes(), earlier.codes())) {
        if (automorphisms.size() < 2 * size) { // more would cost more time than they save
          automorphisms.add(automorphism(earlier, leaf));
        }
        return Arrays.mismatch(earlier.path(), leaf.path());
      }
    }
    if (Arrays.compare(leaf.codes(), best.codes()) < 0) {
      best = leaf;
    }
    return level - 1;
  }

  /** The mapping from each node to the one with the same number in the other leaf. */
  private int[] automorphism(Leaf from, Leaf to) {
    int[] nodeAt = new int[size];
    for (int node = 0; node < size; node++) {
      nodeAt[to.positions()[node]] = node;
    }
    int[] mapping = new int[size];
    for (int node = 0; node < size; node++) {
      mapping[node] = nodeAt[from.positions()[node]];
    }
    return mapping;
  }

  /** Whether an earlier node of the cell is in this one's orbit. */
  private boolean isEquivalentToEarlier(int[] cell, int index, int[] orbits) {
    limit.spend(index);
    for (int i = 0; i < index; i++) {
      if (orbits[cell[i]] == orbits[cell[index]]) {
        return true;
      }
    }
    return false;
  }

  /** For each node the number of its orbit under the known automorphisms. */
  private int[] orbits(int level) {
    limit.spend((long) size * automorphisms.size());
    int[] orbits = new int[size];
    Arrays.setAll(orbits, node -> node);
    for (int[] automorphism : automorphisms) {
      if (fixesPath(automorphism, level)) {
        for (int node = 0; node < size; node++) {
          if (orbits[node] != orbits[automorphism[node]]) {
            merge(orbits, orbits[node], orbits[automorphism[node]]);
          }
        }
      }
    }
    return orbits;
  }

  private boolean fixesPath(int[] automorphism, int level) {
    for (int i = 0; i < level; i++) {
      if (automorphism[path[i]] != path[i]) {
        return false;
      }
    }
    return true;
  }

  private void merge(int[] orbits, int kept, int replaced) {
    limit.spend(size);
    for (int node = 0; node < orbits.length; node++) {
      if (orbits[node] == replaced) {
        orbits[node] = kept;
      }
    }
  }
}
