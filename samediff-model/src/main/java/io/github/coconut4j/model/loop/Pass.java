package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.latent.Visit;
import java.util.Arrays;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * A forward pass of one worker over a range of time steps: the rows of its positions, and of those
 * whose final hidden state is needed.
 *
 * <p>The position (b, t) has row {@code firstRow + (t - from) · B + b}, time step by time step.
 * Queried positions are numbered sequence by sequence.
 */
@Getter
@Accessors(fluent = true)
public final class Pass {

  /** Number of the pass, from 0. */
  private final int index;

  /** The first time step. */
  private final int from;

  /** The time step after the last. */
  private final int to;

  /** Number of sequences, B. */
  private final int sequences;

  /** The first position's row in the buffers. */
  private final long firstRow;

  /** The first query's row in the last layer's buffers. */
  private final long firstQuery;

  /** Whether an earlier pass visited some of its time steps. */
  private final boolean revisit;

  /** Rows of the queried positions, counted from {@code firstRow}. */
  private final int[] queriedRows;

  /** Position ids of all rows. */
  private final int[] positionIds;

  /** Position ids of the queried positions. */
  private final int[] queriedPositionIds;

  /** Position ids of the rows that are fed a token's embedding. */
  private final int[] tokenPositionIds;

  /** Position ids of the rows that are fed a hidden state. */
  private final int[] fedPositionIds;

  /** Rows that are fed a token's embedding, counted from {@code firstRow}. */
  private final int[] tokenRows;

  /** Their rows among the tokens' embeddings, b · (number of time steps) + t. */
  private final int[] tokenIndices;

  /** Rows that are fed a hidden state, counted from {@code firstRow}. */
  private final int[] fedRows;

  /** Index of the first of them among those of all passes. */
  private final long firstFed;

  /** The queries of these hidden states. */
  private final int[] fedQueries;

  /** As {@code tokenIndices}, for the rows that are fed a hidden state. */
  private final int[] fedTokenIndices;

  /** Makes a pass of a layout whose queries up to this pass are numbered. */
  Pass(WorkerLayout layout, int index, long firstRow, long firstQuery, int[] queriedRows) {
    BatchLayout batch = layout.batch();
    Visit visit = batch.visits().get(index);
    this.index = index;
    from = visit.from();
    to = visit.to();
    sequences = batch.sequences();
    revisit = batch.visits().last(from, index) >= 0;
    this.firstRow = firstRow;
    this.firstQuery = firstQuery;
    this.queriedRows = queriedRows;
    int[] fedBy = fedBy(batch);
    positionIds = ids(batch.positions());
    tokenRows = rowsWhere(fedBy, false);
    fedRows = rowsWhere(fedBy, true);
    firstFed = index == 0 ? 0 : layout.passes().get(index - 1).endFed();
    fedQueries = new int[fedRows.length];
    for (int i = 0; i < fedRows.length; i++) {
      int row = fedRows[i];
      fedQueries[i] = layout.query(fedBy[row], sequence(row), step(row) - 1);
    }
    tokenIndices = tokenIndices(layout, tokenRows);
    fedTokenIndices = tokenIndices(layout, fedRows);
    queriedPositionIds = chosen(positionIds, queriedRows);
    tokenPositionIds = chosen(positionIds, tokenRows);
    fedPositionIds = chosen(positionIds, fedRows);
  }

  /** For each row the visit whose hidden state is its input, or -1 if its token is. */
  private int[] fedBy(BatchLayout batch) {
    int[] fedBy = new int[(int) rows()];
    for (int row = 0; row < fedBy.length; row++) {
      int t = step(row);
      boolean isLatent = batch.positions().isLatent(sequence(row), t);
      fedBy[row] = isLatent ? batch.visits().last(t - 1, index) : -1;
    }
    return fedBy;
  }

  private int[] ids(Positions positions) {
    int[] ids = new int[(int) rows()];
    for (int row = 0; row < ids.length; row++) {
      ids[row] = positions.id(sequence(row), step(row));
    }
    return ids;
  }

  private static int[] rowsWhere(int[] fedBy, boolean isFed) {
    int[] rows = new int[fedBy.length];
    int count = 0;
    for (int row = 0; row < fedBy.length; row++) {
      if ((fedBy[row] >= 0) == isFed) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  private int[] tokenIndices(WorkerLayout layout, int[] rows) {
    int[] indices = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      int step = step(rows[i]) - layout.firstStep();
      indices[i] = sequence(rows[i]) * layout.tokenSteps() + step;
    }
    return indices;
  }

  private static int[] chosen(int[] values, int[] indices) {
    int[] chosen = new int[indices.length];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = values[indices[i]];
    }
    return chosen;
  }

  /** The time step of a row that is counted from {@code firstRow}. */
  public int step(int row) {
    return from + row / sequences;
  }

  /** The sequence of a row that is counted from {@code firstRow}. */
  public int sequence(int row) {
    return row % sequences;
  }

  /** Number of positions. */
  public long rows() {
    return (long) (to - from) * sequences;
  }

  /** Number of positions that are fed a hidden state in this pass and earlier ones. */
  long endFed() {
    return firstFed + fedRows.length;
  }

  /** Number of queries of a layer: all positions, or only the queried ones. */
  public long queries(boolean queriedOnly) {
    return queriedOnly ? queriedRows.length : rows();
  }

  /** Position ids of a layer's queries. */
  int[] positionIds(boolean queriedOnly) {
    return queriedOnly ? queriedPositionIds : positionIds;
  }

  /** The first query's row in a layer's buffers. */
  public long firstQuery(boolean queriedOnly) {
    return queriedOnly ? firstQuery : firstRow;
  }
}
