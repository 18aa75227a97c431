package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.BatchLayout.Visit;
import io.github.coconut4j.model.latent.Positions;
import java.util.stream.IntStream;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * A forward pass of one worker over a range of time steps: where its positions, and those whose
 * final hidden state is needed, have their rows.
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

  /** Rows that are fed a token's embedding, counted from {@code firstRow}. */
  private final int[] tokenRows;

  /** Their rows among the tokens' embeddings, b · (number of time steps) + t. */
  private final int[] tokenIndices;

  /** Rows that are fed a hidden state, counted from {@code firstRow}. */
  private final int[] fedRows;

  /** The rows of these hidden states. */
  private final int[] fedQueries;

  /** As {@code tokenIndices}, of the rows that are fed a hidden state. */
  private final int[] fedTokenIndices;

  /** A pass of a layout whose queries up to this pass are numbered. */
  Pass(WorkerLayout layout, int index, long firstRow, long firstQuery, int[] queriedRows) {
    BatchLayout batch = layout.batch();
    Visit visit = batch.visits().get(index);
    Positions positions = batch.positions();
    this.index = index;
    from = visit.from();
    to = visit.to();
    sequences = batch.sequences();
    revisit = batch.lastVisit(from, index) >= 0;
    this.firstRow = firstRow;
    this.firstQuery = firstQuery;
    this.queriedRows = queriedRows;
    int rows = visit.steps() * sequences;
    positionIds = new int[rows];
    int[] fedBy = new int[rows];
    for (int row = 0; row < rows; row++) {
      int t = step(row);
      int b = sequence(row);
      positionIds[row] = positions.id(b, t);
      fedBy[row] = positions.isLatent(b, t) ? batch.lastVisit(t - 1, index) : -1;
    }
    int[] all = IntStream.range(0, rows).toArray();
    tokenRows = IntStream.of(all).filter(row -> fedBy[row] < 0).toArray();
    fedRows = IntStream.of(all).filter(row -> fedBy[row] >= 0).toArray();
    tokenIndices = IntStream.of(tokenRows).map(row -> tokenIndex(layout, row)).toArray();
    fedTokenIndices = IntStream.of(fedRows).map(row -> tokenIndex(layout, row)).toArray();
    fedQueries =
        IntStream.of(fedRows)
            .map(row -> layout.query(fedBy[row], sequence(row), step(row) - 1))
            .toArray();
  }

  private int tokenIndex(WorkerLayout layout, int row) {
    return sequence(row) * layout.tokenSteps() + step(row) - layout.firstStep();
  }

  /** The time step of a row that is counted from {@code firstRow}. */
  public int step(int row) {
    return from + row / sequences;
  }

  /** The sequence of a row that is counted from {@code firstRow}. */
  public int sequence(int row) {
    return row % sequences;
  }

  /** Position ids of some rows, counted from {@code firstRow}. */
  public int[] positionIds(int[] rows) {
    return IntStream.of(rows).map(row -> positionIds[row]).toArray();
  }

  /** Number of positions. */
  public long rows() {
    return (long) (to - from) * sequences;
  }

  /** Number of queries of a layer: all positions, or the queried ones alone. */
  public long queries(boolean queriedOnly) {
    return queriedOnly ? queriedRows.length : rows();
  }

  /** The first query's row in a layer's buffers. */
  public long firstQuery(boolean queriedOnly) {
    return queriedOnly ? firstQuery : firstRow;
  }
}
