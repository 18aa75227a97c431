package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.latent.Visit;
import io.github.coconut4j.model.latent.Visits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * The sequences of a batch that one worker computes, pass after pass, and the rows of their
 * positions in its buffers. Every visit of a position has its own row, so that the backward pass
 * finds its activations.
 *
 * <p>The last layer computes queries, and what follows them, only at positions whose final hidden
 * state is needed: as a result, or as the input of a latent. These positions have a second index,
 * their query.
 */
@Accessors(fluent = true)
public final class WorkerLayout {

  /** The worker's sequences. */
  @Getter private final BatchLayout batch;

  /** The passes, in order. */
  @Getter private final List<Pass> passes = new ArrayList<>();

  /** The first row of each visit. */
  private final int[] firstRows;

  /** The query of a row, or -1. */
  private final int[] queryOfRow;

  /** The queries of the hidden states that are results, in their order. */
  @Getter private final int[] resultQueries;

  private final int queries;

  /** Rows of the positions whose hidden states of inner layers are results, in their order. */
  private final int[] probedRows;

  /**
   * Numbers the rows and queries of a worker's sequences.
   *
   * @throws IllegalArgumentException if all positions have been read
   */
  public WorkerLayout(BatchLayout batch) {
    batch.visits().requireAny();
    this.batch = batch;
    Visits visits = batch.visits();
    firstRows = new int[visits.count() + 1];
    for (int i = 0; i < visits.count(); i++) {
      firstRows[i + 1] = firstRows[i] + visits.get(i).steps() * batch.sequences();
    }
    queryOfRow = new int[rows()];
    Arrays.fill(queryOfRow, -1);
    boolean[] needed = needed();
    int count = 0;
    for (int visit = 0; visit < visits.count(); visit++) {
      int first = firstRows[visit];
      int[] queried = queriedRows(visit, needed);
      for (int i = 0; i < queried.length; i++) {
        queryOfRow[first + queried[i]] = count + i;
      }
      passes.add(new Pass(this, visit, first, count, queried));
      count += queried.length;
    }
    queries = count;
    resultQueries = new int[batch.queriedCount()];
    for (int i = 0; i < resultQueries.length; i++) {
      resultQueries[i] = query(lastRow(batch.queried(i)));
    }
    probedRows = new int[batch.probedCount()];
    Arrays.setAll(probedRows, i -> lastRow(batch.probed(i)));
  }

  /** The rows whose final hidden states are results or inputs of latents. */
  private boolean[] needed() {
    boolean[] needed = new boolean[rows()];
    for (int i = 0; i < batch.queriedCount(); i++) {
      needed[lastRow(batch.queried(i))] = true;
    }
    Positions positions = batch.positions();
    for (int visit = 0; visit < batch.visits().count(); visit++) {
      Visit steps = batch.visits().get(visit);
      for (int t = Math.max(1, steps.from()); t < steps.to(); t++) {
        int source = batch.visits().last(t - 1, visit);
        for (int b = 0; b < batch.sequences() && source >= 0; b++) {
          if (positions.isLatent(b, t)) {
            needed[row(source, b, t - 1)] = true;
          }
        }
      }
    }
    return needed;
  }

  private int[] queriedRows(int visit, boolean[] needed) {
    int first = firstRows[visit];
    int steps = batch.visits().get(visit).steps();
    int[] queried = new int[batch.sequences() * steps];
    int count = 0;
    for (int b = 0; b < batch.sequences(); b++) {
      for (int step = 0; step < steps; step++) {
        int row = step * batch.sequences() + b;
        if (needed[first + row]) {
          queried[count++] = row;
        }
      }
    }
    return Arrays.copyOf(queried, count);
  }

  /** The row of a position's last visit. */
  private int lastRow(int position) {
    int t = position % batch.steps();
    return row(batch.visits().last(t, batch.visits().count()), position / batch.steps(), t);
  }

  private int row(int visit, int b, int t) {
    int from = batch.visits().get(visit).from();
    return firstRows[visit] + (t - from) * batch.sequences() + b;
  }

  private int query(int row) {
    return queriesEveryPosition() ? row : queryOfRow[row];
  }

  /** The query of a position on a visit. */
  int query(int visit, int b, int t) {
    return query(row(visit, b, t));
  }

  /** The probed positions that a pass is the last to visit, by their index. */
  int[] probedOn(Pass pass) {
    if (probedRows.length == 0) {
      return probedRows;
    }
    return IntStream.range(0, probedRows.length)
        .filter(i -> probedRows[i] >= pass.firstRow())
        .filter(i -> probedRows[i] < pass.firstRow() + pass.rows())
        .toArray();
  }

  /** The rows of probed positions in the pass, counted from its first. */
  int[] rowsOn(Pass pass, int[] probed) {
    if (probed.length == 0) {
      return probed;
    }
    return IntStream.of(probed).map(i -> probedRows[i] - (int) pass.firstRow()).toArray();
  }

  /** Whether the last layer has a query for every position, so that queries are rows. */
  public boolean queriesEveryPosition() {
    return batch.isEveryPositionQueried();
  }

  /** The first time step that is visited; tokens are given from there on. */
  int firstStep() {
    return batch.visits().get(0).from();
  }

  /** Number of time steps from there on. */
  int tokenSteps() {
    return batch.steps() - firstStep();
  }

  /** Number of positions over all passes. */
  int rows() {
    return firstRows[firstRows.length - 1];
  }

  /** Number of queries of a layer over all passes. */
  int queries(boolean queriedOnly) {
    return queriedOnly ? queries : rows();
  }

  /** Number of positions that are fed a hidden state over all passes. */
  long fed() {
    return passes.get(passes.size() - 1).endFed();
  }

  /** The largest number of positions in a pass that are fed a hidden state. */
  long largestFed() {
    return passes.stream().mapToLong(pass -> pass.fedRows().length).max().orElse(0);
  }

  /** The largest number of positions in a pass. */
  long largestPass() {
    return passes.stream().mapToLong(Pass::rows).max().orElse(0);
  }

  /** The largest number of queried positions in a pass. */
  long largestQueried() {
    return passes.stream().mapToLong(pass -> pass.queries(true)).max().orElse(0);
  }
}
