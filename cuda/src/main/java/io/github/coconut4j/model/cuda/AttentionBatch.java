package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.cuda.IndexLists.RowGroups;
import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.loop.Pass;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the attention of every layer needs of a batch: its segments, and each pass's queries. */
final class AttentionBatch implements AutoCloseable {

  private final IndexLists indices;

  /** By the pass's number and whether only its queried positions are computed. */
  private final Map<List<Object>, Queries> queries = new HashMap<>();

  private final GpuMemory scratch;
  private int[] segments = {};
  private int[] firstSteps = {};
  private int steps;
  private List<Pass> passes = List.of();

  AttentionBatch(Gpu gpu, IndexLists indices) {
    this.indices = indices;
    scratch = new GpuMemory(gpu);
  }

  /**
   * A pass's queries, ordered by sequence and time step.
   *
   * @param rows each query's row in Q
   * @param sequences each query's sequence
   * @param steps each query's time step
   * @param starts number of the first query of each sequence, and the number of all queries
   */
  record Queries(int[] rows, int[] sequences, int[] steps, int[] starts) {

    static Queries of(Pass pass, boolean queriedOnly) {
      int count = (int) pass.queries(queriedOnly);
      int[] rows = new int[count];
      int[] sequences = new int[count];
      int[] steps = new int[count];
      int[] starts = new int[pass.sequences() + 1];
      int at = 0;
      if (queriedOnly) {
        for (int query = 0; query < count; query++) { // numbered in this order
          int row = pass.queriedRows()[query];
          rows[query] = query;
          sequences[query] = pass.sequence(row);
          steps[query] = pass.step(row);
          starts[sequences[query] + 1]++;
        }
        for (int b = 0; b < pass.sequences(); b++) {
          starts[b + 1] += starts[b];
        }
        return new Queries(rows, sequences, steps, starts);
      }
      for (int b = 0; b < pass.sequences(); b++) {
        for (int t = pass.from(); t < pass.to(); t++) {
          rows[at] = (t - pass.from()) * pass.sequences() + b;
          sequences[at] = b;
          steps[at++] = t;
        }
        starts[b + 1] = at;
      }
      return new Queries(rows, sequences, steps, starts);
    }

    int count() {
      return rows.length;
    }
  }

  /** Starts a batch: the index lists of all its passes are copied to the GPU together. */
  void start(WorkerLayout layout) {
    Positions positions = layout.batch().positions();
    steps = layout.batch().steps();
    segments = new int[Math.multiplyExact(layout.batch().sequences(), steps)];
    firstSteps = new int[layout.batch().sequences()];
    for (int b = 0; b < firstSteps.length; b++) {
      firstSteps[b] = positions.firstReal(b);
      for (int t = 0; t < steps; t++) {
        segments[b * steps + t] = positions.segment(b, t);
      }
    }
    queries.clear();
    passes = layout.passes();
    List<int[]> all = new ArrayList<>(List.of(segments, firstSteps, layout.resultQueries()));
    for (Pass pass : layout.passes()) {
      add(queries(pass, false), all);
      if (!layout.queriesEveryPosition()) {
        add(queries(pass, true), all);
        all.addAll(List.of(pass.queriedRows(), pass.queriedPositionIds()));
      }
      all.addAll(List.of(pass.positionIds(), pass.tokenRows(), pass.tokenIndices()));
      all.addAll(List.of(pass.tokenPositionIds(), pass.fedPositionIds(), pass.fedRows()));
      all.addAll(List.of(pass.fedQueries(), pass.fedTokenIndices()));
    }
    indices.add(all);
  }

  private static void add(Queries queries, List<int[]> all) {
    all.addAll(List.of(queries.rows(), queries.sequences(), queries.steps(), queries.starts()));
  }

  /**
   * The index lists of groups of rows. For the positions of a pass, these are the lists of all
   * passes, since the gradient of the position table needs them one pass after another.
   *
   * @param chosen the rows of the groups
   */
  List<int[]> groupsBeside(RowGroups groups, int[] chosen) {
    List<int[]> lists = new ArrayList<>(List.of(chosen, groups.starts(), groups.places()));
    List<RowGroups> all = passes.stream().map(pass -> indices.groups(pass.positionIds())).toList();
    if (all.contains(groups)) {
      all.forEach(each -> lists.addAll(List.of(each.rows(), each.starts(), each.places())));
    }
    return lists;
  }

  Queries queries(Pass pass, boolean queriedOnly) {
    return queries.computeIfAbsent(
        List.of(pass.index(), queriedOnly), key -> Queries.of(pass, queriedOnly));
  }

  int steps() {
    return steps;
  }

  long segments() {
    return indices.of(segments);
  }

  long firstSteps() {
    return indices.of(firstSteps);
  }

  long address(int[] list) {
    return indices.of(list);
  }

  /** Memory for the statistics of one pass in one layer; the next call overwrites it. */
  long scratch(long floats) {
    return scratch.require(floats);
  }

  @Override
  public void close() {
    scratch.close();
  }
}
