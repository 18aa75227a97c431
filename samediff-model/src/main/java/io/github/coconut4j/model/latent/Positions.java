package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The positions (b, t) of a batch: their ids, which are real and which padding, and which are
 * latents. Immutable.
 *
 * <p>A sequence may have several continuations: segment 1 is their common beginning, and each
 * further segment is a continuation that does not attend to the others. Segment 0 is padding.
 *
 * <p>Shapes: B sequences, T time steps; arrays are [B, T], row by row.
 */
public final class Positions {

  private static final int PADDING = 0;

  /** The common segment, from which all others of a sequence continue. */
  private static final int COMMON = 1;

  /** Largest whole number up to which float32 has all: masks compare segments in it. */
  private static final int MAX_SEGMENT = 1 << 24;

  private final int sequences;
  private final int steps;
  private final int[] ids;
  private final int[] segments;
  private final boolean[] latent;

  private Positions(int sequences, int steps, int[] ids, int[] segments, boolean[] latent) {
    this.sequences = sequences;
    this.steps = steps;
    this.ids = ids;
    this.segments = segments;
    this.latent = latent;
  }

  /**
   * Makes positions from arrays [B, T].
   *
   * @param attentionMask the segment of each position, in [0, 2^24]
   * @param latentMask 0, or another number for latents
   * @throws IllegalArgumentException if an array is null or not [B, T], B or T is 0, or a segment
   *     is out of its range
   */
  public static Positions of(
      int sequences, int steps, int[] ids, int[] attentionMask, int[] latentMask) {
    requireShape("position ids", ids, sequences, steps);
    requireShape("attention mask", attentionMask, sequences, steps);
    requireShape("latent mask", latentMask, sequences, steps);
    requireSegments(attentionMask);
    return new Positions(sequences, steps, ids.clone(), attentionMask.clone(), flags(latentMask));
  }

  private static void requireShape(String name, int[] values, int sequences, int steps) {
    if (values == null || sequences < 1 || steps < 1 || values.length != (long) sequences * steps) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The %s must have at least one sequence and time step, and [%d, %d] values; found %s.",
              name,
              sequences,
              steps,
              values == null ? "null" : values.length));
    }
  }

  /**
   * Rejects numbers that are no segments.
   *
   * @throws IllegalArgumentException if one is negative or above 2^24
   */
  static void requireSegments(int[] attentionMask) {
    for (int segment : attentionMask) {
      if (segment < PADDING || segment > MAX_SEGMENT) {
        throw new IllegalArgumentException(
            "The attention mask must be 0 at padding, 1 at real positions, and from 2 to "
                + MAX_SEGMENT
                + " in continuations of a sequence that has several, but has "
                + segment
                + ". Give 0 and 1 alone for sequences without continuations.");
      }
    }
  }

  private static boolean[] flags(int[] values) {
    boolean[] flags = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      flags[i] = values[i] != 0;
    }
    return flags;
  }

  /** Number of sequences, B. */
  public int sequences() {
    return sequences;
  }

  /** Number of time steps, T. */
  public int steps() {
    return steps;
  }

  /**
   * Whether a position is a latent.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B) or {@code t} not in [0, T)
   */
  public boolean isLatent(int b, int t) {
    return latent[index(b, t)];
  }

  /**
   * Number of latents of a sequence from a time step on.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B) or {@code t} not in [0, T)
   */
  public int latentsFrom(int b, int t) {
    int count = 0;
    for (int i = index(b, t); i < (b + 1) * steps; i++) {
      count += latent[i] ? 1 : 0;
    }
    return count;
  }

  /**
   * Whether a position is not padding.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B) or {@code t} not in [0, T)
   */
  public boolean isReal(int b, int t) {
    return segment(b, t) != PADDING;
  }

  /**
   * A position's segment.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B) or {@code t} not in [0, T)
   */
  public int segment(int b, int t) {
    return segments[index(b, t)];
  }

  /**
   * A position's id: its row of the position table.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B) or {@code t} not in [0, T)
   */
  public int id(int b, int t) {
    return ids[index(b, t)];
  }

  /** Both indices are checked, since a time step past the end would be one of the next sequence. */
  private int index(int b, int t) {
    return Objects.checkIndex(b, sequences) * steps + Objects.checkIndex(t, steps);
  }

  /**
   * Whether the query at time step {@code t} attends to the key at {@code key}.
   *
   * @param key at least 0; keys from T on, to which kernels round up, are always masked
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B), {@code t} not in [0, T), or
   *     {@code key} is negative
   */
  public boolean sees(int b, int t, int key) {
    int query = index(b, t);
    // Padding attends to itself, so that its softmax is defined; its output is not used.
    return key >= t
        ? key == t
        : follows(segments[query], segments[query - t + Objects.checkIndex(key, t)]);
  }

  /** Whether a segment equals or continues an earlier one. */
  static boolean follows(int segment, int earlier) {
    return segment != PADDING && (earlier == segment || earlier == COMMON);
  }

  /**
   * Whether every query before time step {@code end} attends to all earlier keys, in all sequences.
   *
   * @throws IndexOutOfBoundsException if {@code end} is not in [0, T]
   */
  public boolean seesAll(int end) {
    Objects.checkIndex(end, steps + 1);
    for (int b = 0; b < sequences; b++) {
      for (int t = 0; t < end; t++) {
        if (segments[b * steps + t] != COMMON) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether any sequence has a segment above 1, that is, separate continuations. */
  public boolean hasContinuations() {
    return Arrays.stream(segments).anyMatch(segment -> segment > COMMON);
  }

  /**
   * A sequence's first real time step; 0 if it is only padding.
   *
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B)
   */
  public int firstReal(int b) {
    return IntStream.range(0, steps).filter(t -> isReal(b, t)).findFirst().orElse(0);
  }

  /**
   * A sequence's last real time step.
   *
   * @throws IllegalArgumentException if it is only padding
   * @throws IndexOutOfBoundsException if {@code b} is not in [0, B)
   */
  public int lastReal(int b) {
    int t = steps - 1;
    while (t >= 0 && !isReal(b, t)) {
      t--;
    }
    if (t < 0) {
      throw new IllegalArgumentException(
          "A prompt needs at least one token, but sequence "
              + b
              + " is only padding. Leave it out.");
    }
    return t;
  }

  /**
   * Rejects ids that are not positions of a model.
   *
   * @throws IllegalArgumentException if one is negative or not below the model's longest sequence
   */
  public void requireIds(TransformerConfig config) {
    Arguments.requireNonNull(config, "config", "Give the model's TransformerConfig.");
    for (int id : ids) {
      if (id < 0 || id >= config.longestSequence()) {
        throw new IllegalArgumentException(
            "A position id must be at least 0 and below the model's "
                + config.sequenceBound()
                + ", but the batch has "
                + id
                + ". Shorten the sequences or use a model for longer ones.");
      }
    }
  }

  /**
   * A range of sequences.
   *
   * @param from the first
   * @param count how many, at least 1
   * @throws IllegalArgumentException if they are not all in the batch
   */
  public Positions range(int from, int count) {
    if (from < 0 || count < 1 || count > sequences - from) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A range must have at least one sequence and lie within the batch's %d, but has %d from"
                  + " sequence %d on. Sequences count from 0.",
              sequences,
              count,
              from));
    }
    int first = from * steps;
    int end = first + count * steps;
    return new Positions(
        count,
        steps,
        Arrays.copyOfRange(ids, first, end),
        Arrays.copyOfRange(segments, first, end),
        Arrays.copyOfRange(latent, first, end));
  }

  /**
   * Some sequences whose keys and values have been computed, so that latents need no more inputs.
   *
   * @param kept number of time steps that are kept
   * @param width number of time steps of the result; those from {@code kept} on are padding
   */
  Positions known(int[] chosen, int kept, int width) {
    Positions known =
        new Positions(
            chosen.length,
            width,
            new int[chosen.length * width],
            new int[chosen.length * width],
            new boolean[chosen.length * width]);
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(ids, chosen[i] * steps, known.ids, i * width, kept);
      System.arraycopy(segments, chosen[i] * steps, known.segments, i * width, kept);
    }
    return known;
  }

  /** All sequences as {@link #known}, with one more real time step. */
  Positions withStep(int[] newIds) {
    Positions wider = known(all(), steps, steps + 1);
    for (int b = 0; b < sequences; b++) {
      wider.ids[b * wider.steps + steps] = newIds[b];
      wider.segments[b * wider.steps + steps] = COMMON;
    }
    return wider;
  }

  /** The same, with padding at the last time step of some sequences. */
  Positions withoutLast(int[] chosen) {
    Positions without = known(all(), steps, steps);
    for (int b : chosen) {
      without.segments[b * steps + steps - 1] = PADDING;
    }
    return without;
  }

  /** These sequences followed by others, as {@link #known}; shorter ones end in padding. */
  Positions join(Positions others) {
    int longest = Math.max(steps, others.steps);
    Positions joined = known(Arrays.copyOf(all(), sequences + others.sequences), steps, longest);
    Positions added = others.known(others.all(), others.steps, longest);
    System.arraycopy(added.ids, 0, joined.ids, sequences * longest, added.ids.length);
    System.arraycopy(
        added.segments, 0, joined.segments, sequences * longest, added.segments.length);
    return joined;
  }

  int[] all() {
    return IntStream.range(0, sequences).toArray();
  }

  /** The range of the latents. */
  LatentSpan latents() {
    return LatentSpan.of(sequences, steps, segments, latent);
  }
}
