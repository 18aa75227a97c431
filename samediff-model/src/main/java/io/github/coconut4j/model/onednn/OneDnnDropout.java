package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.dropout.MaskRecord;
import io.github.coconut4j.model.dropout.MaskWriter;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Dropout for one thread. Multipliers are made on the Java heap, where loops over them are
 * vectorized. The decisions that a forward pass draws are kept for the backward pass, a bit each.
 * Nothing is allocated before the first call.
 */
final class OneDnnDropout implements AutoCloseable {

  /** Values multiplied at a time: with their multipliers they fit the second-level cache. */
  private static final int VALUES = 32 * 1024;

  private final FloatAddress pointer = new FloatAddress();
  private final NativeFloats scoreMultipliers = new NativeFloats();

  /** Null before the first call. */
  private MaskWriter writer;

  /** What was drawn for the batch's rows. */
  private final IdentityHashMap<MaskedRows, MaskRecord> records = new IdentityHashMap<>();

  /** Those of all batches, to be used again. */
  private final List<MaskRecord> pool = new ArrayList<>();

  private MaskRecord record;
  private boolean again;
  private float[] multipliers = {};
  private float[] values = {};
  private float[] residuals = {};

  /** Forgets the batch before. */
  void start() {
    records.clear();
  }

  /**
   * Begins with some rows: draws their decisions or, after the first time, takes the same ones.
   * What follows must be the same each time, too.
   */
  void begin(MaskedRows rows) {
    record = records.get(rows);
    again = record != null;
    if (again) {
      record.rewind();
      return;
    }
    if (pool.size() == records.size()) {
      pool.add(new MaskRecord());
    }
    record = pool.get(records.size());
    record.clear();
    records.put(rows, record);
  }

  private MaskWriter started(MaskedRows rows) {
    if (writer == null) {
      writer = new MaskWriter();
    }
    if (again) {
      writer.startAgain(rows.mask(), record, multipliers);
    } else {
      writer.start(rows.mask(), record, multipliers);
    }
    return writer;
  }

  private void requireMultipliers(int count) {
    if (multipliers.length < count + MaskWriter.SLACK) {
      multipliers = new float[count + MaskWriter.SLACK];
    }
  }

  /** y = r + m ⊙ x over each row; the residual may be null. */
  void run(MaskedRows rows, Matrix x, Matrix residual, Matrix y) {
    begin(rows);
    int width = (int) x.columns();
    int most = Math.max(1, VALUES / width);
    for (int from = 0; from < x.rows(); from += most) {
      int count = (int) Math.min(most, x.rows() - from);
      writeMultipliers(rows, from, count, width);
      multiply(count * width, x.row(from), residual == null ? 0 : residual.row(from), y.row(from));
    }
  }

  private void writeMultipliers(MaskedRows rows, int from, int count, int width) {
    requireMultipliers(count * width);
    MaskWriter features = started(rows);
    for (int i = 0; i < count; i++) {
      int row = from + i;
      features.add(i * width, rows.sequences()[row], 0, rows.steps()[row], width);
    }
    features.finish();
  }

  /** Of addresses; a residual of 0 is none. */
  private void multiply(int count, long x, long residual, long y) {
    if (values.length < count) {
      values = new float[count];
      residuals = new float[count];
    }
    pointer.at(x).get(values, 0, count);
    if (residual == 0) {
      multiply(values, multipliers, count);
    } else {
      pointer.at(residual).get(residuals, 0, count);
      multiplyAndAdd(values, multipliers, residuals, count);
    }
    pointer.at(y).put(values, 0, count);
  }

  private static void multiply(float[] x, float[] m, int count) {
    for (int i = 0; i < count; i++) {
      x[i] *= m[i];
    }
  }

  private static void multiplyAndAdd(float[] x, float[] m, float[] r, int count) {
    for (int i = 0; i < count; i++) {
      x[i] = r[i] + m[i] * x[i];
    }
  }

  /**
   * The multipliers of a block's scores, as {@link OneDnnAttention} lays these out: by member of a
   * group, sequence, head of keys, query, key. A key that its query does not see has any. The
   * blocks come in their order after {@link #begin}.
   *
   * @param queries the positions of the pass's queries
   * @param group query heads that share a head of keys
   */
  Matrix ofScores(AttentionBlock block, MaskedRows queries, int heads, int group) {
    int count = block.sequences() * heads * block.queries() * block.keys();
    requireMultipliers(count);
    MaskWriter scores = started(queries);
    forEachRow(block, heads, group, (row, query, head) -> add(block, queries, row, query, head));
    scores.finish();
    if (block.maskPerSequence()) {
      // Afterwards, since the row before may have written into these.
      forEachRow(
          block, heads, group, (row, query, head) -> keepPadding(block, queries, row, query));
    }
    long address = scoreMultipliers.require(count);
    pointer.at(address).put(multipliers, 0, count);
    return Matrix.dense(address, (long) count / block.keys(), block.keys());
  }

  /** What is done with a row of scores. */
  private interface ScoreRow {
    void accept(int row, int query, int head);
  }

  private static void forEachRow(AttentionBlock block, int heads, int group, ScoreRow action) {
    boolean single = block.queries() == 1;
    int row = 0;
    for (int member = 0; member < (single ? 1 : group); member++) {
      for (int sequence = 0; sequence < block.sequences(); sequence++) {
        long first = block.firstQuery() + sequence * block.sequenceStep();
        for (int head = member; head < heads; head += single ? 1 : group) {
          for (int query = 0; query < block.queries(); query++) {
            action.accept(row++, (int) (first + query * block.queryStep()), head);
          }
        }
      }
    }
  }

  private void add(AttentionBlock block, MaskedRows queries, int row, int query, int head) {
    int step = queries.steps()[query];
    if (step >= 0) {
      int at = row * block.keys() + queries.firstSteps()[query];
      writer.add(at, queries.sequences()[query], head, step, step + 1);
    }
  }

  /** Padding sees itself alone. */
  private void keepPadding(AttentionBlock block, MaskedRows queries, int row, int query) {
    if (queries.steps()[query] < 0) {
      int at = row * block.keys();
      Arrays.fill(multipliers, at, at + block.keys(), 1);
    }
  }

  @Override
  public void close() {
    scoreMultipliers.close();
  }
}
