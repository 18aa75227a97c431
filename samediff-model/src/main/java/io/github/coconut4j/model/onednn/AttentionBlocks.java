package io.github.coconut4j.model.onednn;

import io.github.coconut4j.model.latent.Positions;
import io.github.coconut4j.model.loop.Pass;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The queries of a batch's passes, divided into blocks with few masked keys, with the masks that
 * are added to their scores: 0 if a query attends to a key, otherwise a large negative number. All
 * layers share them.
 */
final class AttentionBlocks implements AutoCloseable {

  /**
   * The number of keys is rounded up to a multiple of this, or to a power of two below it, so that
   * batches of all lengths share compiled shapes.
   */
  static final int KEY_STEP = 32;

  /** The smallest number of keys; a decoder's steps are a few tokens long. */
  private static final int FEWEST_KEYS = 8;

  private static final int LARGEST_BLOCK = 32;

  /** Number of scores computed at a time, so that they stay in the second-level cache. */
  private static final long SCORES = 96 * 1024;

  private static final float UNSEEN = -1e30f;

  /** The longest array that every JVM can make. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final int heads;
  private final int group;

  /** Largest number of values of all masks of a batch. */
  private final int mostValues;

  private final NativeFloats masks = new NativeFloats();
  private final List<List<AttentionBlock>> ofPass = new ArrayList<>();
  private final List<List<AttentionBlock>> ofQueried = new ArrayList<>();
  private Positions positions;
  private float[] values = new float[1024];
  private int used;
  private long address;

  /**
   * Makes blocks for {@code heads} query heads.
   *
   * @param group number of query heads that share a head of keys and values: rows of one product if
   *     a block has one query per sequence
   */
  AttentionBlocks(int heads, int group) {
    this(heads, group, LONGEST_ARRAY);
  }

  /** The same with a limit of its own. */
  AttentionBlocks(int heads, int group, int mostValues) {
    this.heads = heads;
    this.group = group;
    this.mostValues = mostValues;
  }

  /**
   * Divides a batch's passes into blocks.
   *
   * @throws IllegalArgumentException if the masks have too many values
   * @throws OutOfMemoryError if there is not enough memory for them
   */
  void start(WorkerLayout layout) {
    used = 0;
    ofPass.clear();
    ofQueried.clear();
    positions = layout.batch().positions();
    for (Pass pass : layout.passes()) {
      ofPass.add(blocks(pass));
      ofQueried.add(layout.queriesEveryPosition() ? List.of() : queriedBlocks(pass));
    }
    address = masks.require(Math.max(1, used));
    new FloatAddress().at(address).put(values, 0, used);
  }

  /** The blocks of a pass. */
  List<AttentionBlock> of(Pass pass, boolean queriedOnly) {
    return (queriedOnly ? ofQueried : ofPass).get(pass.index());
  }

  /** The address of a block's mask. */
  long mask(AttentionBlock block) {
    return address + block.mask() * Float.BYTES;
  }

  /** Blocks of all positions of a pass, in the order of time steps. */
  private List<AttentionBlock> blocks(Pass pass) {
    List<AttentionBlock> blocks = new ArrayList<>();
    for (int t = pass.from(); t < pass.to(); ) {
      int steps = Math.min(pass.to() - t, LARGEST_BLOCK);
      addBlocks(pass, t, steps, blocks);
      t += steps;
    }
    return blocks;
  }

  private void addBlocks(Pass pass, int t, int steps, List<AttentionBlock> blocks) {
    int keys = keys(t + steps);
    int[] own = new int[steps];
    Arrays.setAll(own, i -> t + i);
    boolean shared = positions.seesAll(t + steps);
    int sharedMask = used;
    if (shared) {
      addMask(0, own, keys);
    }
    int sequences = pass.sequences();
    for (int b = 0; b < sequences; ) {
      int together = sequencesAtOnce(sequences - b, steps, keys);
      int mask = shared ? sharedMask : used;
      for (int i = b; i < b + together && !shared; i++) {
        addMask(i, own, keys);
      }
      long query = (long) (t - pass.from()) * sequences + b;
      blocks.add(new AttentionBlock(b, together, steps, keys, query, 1, sequences, mask, !shared));
      b += together;
    }
  }

  /** Blocks of the queried positions of a pass, numbered sequence by sequence. */
  private List<AttentionBlock> queriedBlocks(Pass pass) {
    List<AttentionBlock> blocks = new ArrayList<>();
    int[][] steps = stepsBySequence(pass);
    int index = 0;
    for (int b = 0; b < steps.length; ) {
      int alike = 1;
      while (b + alike < steps.length && steps[b + alike].length == steps[b].length) {
        alike++;
      }
      addQueriedBlocks(b, Arrays.copyOfRange(steps, b, b + alike), index, blocks);
      index += alike * steps[b].length;
      b += alike;
    }
    return blocks;
  }

  private static int[][] stepsBySequence(Pass pass) {
    int[][] steps = new int[pass.sequences()][];
    int next = 0;
    int[] rows = pass.queriedRows(); // sequence by sequence
    for (int b = 0; b < steps.length; b++) {
      int from = next;
      while (next < rows.length && pass.sequence(rows[next]) == b) {
        next++;
      }
      steps[b] = new int[next - from];
      for (int i = 0; i < steps[b].length; i++) {
        steps[b][i] = pass.step(rows[from + i]);
      }
    }
    return steps;
  }

  /** Adds blocks of consecutive sequences with the same number of queries. */
  private void addQueriedBlocks(
      int firstSequence, int[][] steps, int firstIndex, List<AttentionBlock> blocks) {
    int queries = steps[0].length;
    for (int done = 0; done < queries; ) {
      int count = Math.min(queries - done, LARGEST_BLOCK);
      int last = done + count - 1;
      for (int b = 0; b < steps.length; ) {
        int end = 0;
        for (int i = b; i < steps.length; i++) {
          end = Math.max(end, steps[i][last] + 1);
        }
        int keys = keys(end);
        int together = sequencesAtOnce(steps.length - b, count, keys);
        int mask = used;
        for (int i = b; i < b + together; i++) {
          addMask(firstSequence + i, Arrays.copyOfRange(steps[i], done, done + count), keys);
        }
        long query = firstIndex + (long) b * queries + done;
        blocks.add(
            new AttentionBlock(
                firstSequence + b, together, count, keys, query, queries, 1, mask, true));
        b += together;
      }
      done += count;
    }
  }

  private int sequencesAtOnce(int remaining, int queries, int keys) {
    long fitting = Math.max(1, SCORES / ((long) heads * queries * keys));
    return (int) Long.highestOneBit(Math.min(fitting, remaining));
  }

  private void addMask(int b, int[] steps, int keys) {
    int repeats = steps.length == 1 ? group : 1;
    reserve(used + (long) repeats * steps.length * keys);
    for (int repeat = 0; repeat < repeats; repeat++) {
      for (int t : steps) {
        for (int key = 0; key < keys; key++) {
          values[used++] = positions.sees(b, t, key) ? 0 : UNSEEN;
        }
      }
    }
  }

  /** Makes room for so many values of masks. */
  private void reserve(long count) {
    if (count <= values.length) {
      return;
    }
    if (count > mostValues) {
      throw new IllegalArgumentException(
          tooLarge("must have at most " + mostValues + " values, but have at least " + count));
    }
    try {
      values =
          Arrays.copyOf(values, (int) Math.min(mostValues, Math.max(count, 2L * values.length)));
    } catch (OutOfMemoryError e) {
      OutOfMemoryError clear =
          new OutOfMemoryError(
              tooLarge(
                  "must fit into the Java heap of "
                      + Runtime.getRuntime().maxMemory()
                      + " bytes, but take at least "
                      + count * Float.BYTES
                      + ", and a larger heap (-Xmx) may be needed"));
      clear.initCause(e);
      throw clear;
    }
  }

  /** They grow with the square of a prompt's length. */
  private String tooLarge(String problem) {
    return "The attention masks of "
        + positions.sequences()
        + " sequences of "
        + positions.steps()
        + " positions "
        + problem
        + ". Use shorter sequences, or smaller batches.";
  }

  /** A number of time steps rounded up to 8, 16 or a multiple of {@link #KEY_STEP}. */
  static int keys(int steps) {
    int step = FEWEST_KEYS;
    while (step < KEY_STEP && step < steps) {
      step *= 2;
    }
    return (steps + step - 1) / step * step;
  }

  @Override
  public void close() {
    masks.close();
  }
}
