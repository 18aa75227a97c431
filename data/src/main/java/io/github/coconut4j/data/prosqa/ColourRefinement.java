package io.github.coconut4j.data.prosqa;

import io.github.coconut4j.data.ProblemGraph.Edge;
import java.util.Arrays;
import java.util.List;

/**
 * Distinguishes nodes of a directed graph by the colours of their neighbours, repeatedly until
 * nothing changes (Weisfeiler and Leman). A colour is the number of nodes with a smaller one, so
 * that distinct colours are a numbering. The result depends on the graph and the colours given, not
 * on how nodes are numbered.
 */
final class ColourRefinement {

  private static final long CHILD = 0x9E3779B97F4A7C15L;
  private static final long PARENT = 0xD1B54A32D192ED03L;

  private final int[] from;
  private final int[] to;
  private final long[] signatures;
  private final int[] order;
  private final int[] refined;
  private final WorkLimit limit;

  ColourRefinement(int size, List<Edge> edges, WorkLimit limit) {
    this.limit = limit;
    from = edges.stream().mapToInt(Edge::from).toArray();
    to = edges.stream().mapToInt(Edge::to).toArray();
    signatures = new long[size];
    order = new int[size];
    refined = new int[size];
    for (int node = 0; node < size; node++) {
      order[node] = node;
    }
  }

  /** Refines the colours in place. */
  void refine(int[] colours) {
    int before = -1;
    int classes = 0;
    while (classes > before) {
      before = classes;
      limit.spend(from.length + order.length);
      sign(colours);
      sort(colours);
      classes = recolour(colours);
    }
  }

  /** The colours with one node before all others of its colour. */
  static int[] putFirst(int first, int[] colours) {
    int[] result = colours.clone();
    for (int node = 0; node < result.length; node++) {
      if (result[node] == colours[first] && node != first) {
        result[node]++;
      }
    }
    return result;
  }

  /**
   * Sums a hash of each neighbour's colour. If two different neighbourhoods ever have the same
   * hash, two distinguishable nodes keep one colour: then the search distinguishes them, and the
   * result is still canonical.
   */
  private void sign(int[] colours) {
    Arrays.fill(signatures, 0);
    for (int i = 0; i < from.length; i++) {
      signatures[from[i]] += mixed(CHILD * (colours[to[i]] + 1));
      signatures[to[i]] += mixed(PARENT * (colours[from[i]] + 1));
    }
  }

  /**
   * Sorts by colour, then signature; by insertion, since the order hardly changes between rounds.
   */
  private void sort(int[] colours) {
    long moves = 0;
    for (int i = 1; i < order.length; i++) {
      int node = order[i];
      int j = i - 1;
      while (j >= 0 && compare(order[j], node, colours) > 0) {
        order[j + 1] = order[j];
        j--;
      }
      order[j + 1] = node;
      moves += i - 1 - j;
    }
    limit.spend(moves);
  }

  private int compare(int a, int b, int[] colours) {
    int byColour = Integer.compare(colours[a], colours[b]);
    return byColour != 0 ? byColour : Long.compare(signatures[a], signatures[b]);
  }

  private int recolour(int[] colours) {
    int classes = 0;
    for (int i = 0; i < order.length; i++) {
      boolean same = i > 0 && compare(order[i - 1], order[i], colours) == 0;
      refined[order[i]] = same ? refined[order[i - 1]] : i;
      classes += same ? 0 : 1;
    }
    System.arraycopy(refined, 0, colours, 0, colours.length);
    return classes;
  }

  /** SplitMix64's finaliser: spreads every bit over all others. */
  private static long mixed(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
