package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.dropout.MaskRecord;
import io.github.coconut4j.model.dropout.MaskWriter;
import io.github.coconut4j.model.loop.MaskedRows;
import io.github.coconut4j.model.loop.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Dropout for one thread. Decisions are generated on the Java heap, where loops are vectorized, and
 * applied by oneDNN. Those of a forward pass are stored for the backward pass, one bit each.
 * Nothing is allocated before the first call.
 */
final class OneDnnDropout implements AutoCloseable {

  /**
   * Number of values masked at a time: with their decisions they fit into the second-level cache.
   */
  private static final int VALUES = 32 * 1024;

  private final Primitives primitives;
  private final ByteAddress bytes = new ByteAddress();
  private final FloatAddress floats = new FloatAddress();
  private final NativeFloats nativeKept = new NativeFloats();

  /** Null before the first call. */
  private MaskWriter writer;

  /** Decisions for the batch's rows. */
  private final IdentityHashMap<MaskedRows, MaskRecord> records = new IdentityHashMap<>();

  /** Records of all batches, for reuse. */
  private final List<MaskRecord> pool = new ArrayList<>();

  private MaskRecord record;
  private boolean again;

  /** Whether some of the queries are padding. */
  private boolean padded;

  private byte[] kept = {};

  OneDnnDropout(Primitives primitives) {
    this.primitives = primitives;
  }

  /** A pointer to bytes that is moved to an address before each call; it owns no memory. */
  private static final class ByteAddress extends BytePointer {

    ByteAddress() {
      super((Pointer) null);
    }

    ByteAddress at(long newAddress) {
      this.address = newAddress;
      return this;
    }
  }

  /** Forgets the previous batch. */
  void start() {
    records.clear();
  }

  /** As {@link #begin}, with the queries of a pass, whose blocks of scores follow. */
  void beginScores(MaskedRows queries) {
    begin(queries);
    padded = Arrays.stream(queries.steps()).anyMatch(step -> step < 0);
  }

  /**
   * Begins with some rows: generates their decisions or, after the first time, reuses them. The
   * following calls must also be the same each time.
   */
  private void begin(MaskedRows rows) {
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
      writer.startAgain(rows.mask(), record, kept);
    } else {
      writer.start(rows.mask(), record, kept);
    }
    return writer;
  }

  private void requireRoom(int count) {
    if (kept.length < count + MaskWriter.SLACK) {
      kept = new byte[count + MaskWriter.SLACK];
    }
  }

  /** Copies the first decisions to native memory, for oneDNN, and returns their address. */
  private long onDevice(int count) {
    long address = nativeKept.require((count + Float.BYTES - 1) / Float.BYTES);
    bytes.at(address).put(kept, 0, count);
    return address;
  }

  /** y = r + m ⊙ x over each row; the residual may be null. */
  void run(MaskedRows rows, Matrix x, Matrix residual, Matrix y) {
    begin(rows);
    int width = (int) x.columns();
    int most = Math.max(1, VALUES / width);
    for (int from = 0; from < x.rows(); from += most) {
      int count = (int) Math.min(most, x.rows() - from);
      draw(rows, from, count, width);
      Masking.run(
          primitives,
          x.rows(from, count),
          onDevice(count * width),
          rows.mask().scale(),
          residual == null ? null : residual.rows(from, count),
          y.rows(from, count));
    }
  }

  private void draw(MaskedRows rows, int from, int count, int width) {
    requireRoom(count * width);
    MaskWriter features = started(rows);
    for (int i = 0; i < count; i++) {
      int row = from + i;
      features.add(i * width, rows.sequences()[row], 0, rows.steps()[row], width);
    }
    features.finish();
  }

  /**
   * The decisions for a block's scores, in the layout of {@link OneDnnAttention}: by member of a
   * group, sequence, head of keys, query, key. Decisions for masked keys are meaningless. Blocks
   * must be passed in order after {@link #beginScores}.
   *
   * @param queries the positions of the pass's queries
   * @param group query heads that share a head of keys
   * @return the address of one byte for each, as for {@link Masking}
   */
  long ofScores(AttentionBlock block, MaskedRows queries, int heads, int group) {
    int count = block.sequences() * heads * block.queries() * block.keys();
    requireRoom(count);
    MaskWriter scores = started(queries);
    forEachRow(
        block, heads, group, (row, query, head) -> add(scores, block, queries, row, query, head));
    scores.finish();
    return onDevice(count);
  }

  /**
   * y = m ⊙ P of a block's probabilities; y may be P. Padding, which attends only to itself, keeps
   * its 1.
   *
   * @param decisions result of {@link #ofScores}
   */
  void maskProbabilities(
      AttentionBlock block,
      MaskedRows queries,
      int heads,
      int group,
      long decisions,
      Matrix p,
      Matrix y) {
    Masking.run(primitives, p, decisions, queries.mask().scale(), null, y);
    if (padded && block.maskPerSequence()) {
      forEachRow(
          block, heads, group, (row, query, head) -> keepPadding(queries, query, y.row(row)));
    }
  }

  private void keepPadding(MaskedRows queries, int query, long row) {
    int step = queries.steps()[query];
    if (step < 0) {
      floats.at(row).put(queries.firstSteps()[query] + step, 1);
    }
  }

  /** An operation on a row of scores. */
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

  private void add(
      MaskWriter scores, AttentionBlock block, MaskedRows queries, int row, int query, int head) {
    int step = queries.steps()[query];
    if (step >= 0) {
      int at = row * block.keys() + queries.firstSteps()[query];
      scores.add(at, queries.sequences()[query], head, step, step + 1);
    }
  }

  @Override
  public void close() {
    nativeKept.close();
  }
}
