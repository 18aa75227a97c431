package io.github.coconut4j.model.latent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The geometry of one batch, for both latent loops and their decoders: its positions, the passes
 * that visit them, and the positions whose hidden state is used. Immutable; checked when it is
 * made.
 *
 * <p>A visit is a forward pass over a range of time steps. A latent is fed the hidden state of the
 * time step before it, as the last earlier visit computed it; before there is one, its token's
 * embedding. With latents fed one after another (Coconut, arXiv 2412.06769, section 3), the first
 * at time step p and N in the longest sequence, the visits are [0, p), then single time steps, then
 * [p + N - 1, T). Latents that are refined in parallel (PCCoT, arXiv 2506.18582) are visited
 * several times: [0, p + N), [p, p + N), …, [p + N, T).
 *
 * <p>Shapes: B sequences, T time steps.
 */
@Accessors(fluent = true)
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class BatchLayout {

  /** The positions (b, t). */
  @Getter private final Positions positions;

  /** The passes over the batch, in order. */
  @Getter private final List<Visit> visits;

  private final int[] queried;

  /**
   * A forward pass over time steps.
   *
   * @param from first time step
   * @param to time step after the last
   */
  public record Visit(int from, int to) {

    /** Number of time steps. */
    public int steps() {
      return to - from;
    }
  }

  /**
   * The layout of a batch whose latents are fed one after another.
   *
   * @param queried positions whose hidden state is used, b · T + t, ascending
   * @throws IllegalArgumentException if sequences have their first latents at different time steps,
   *     a sequence's latents are interrupted, a latent has no real position before it, or queried
   *     positions do not ascend within the batch
   */
  public static BatchLayout of(Positions positions, int... queried) {
    requireQueried(queried, positions.sequences() * positions.steps());
    List<Visit> visits = positions.latents().visits(positions.steps());
    return new BatchLayout(positions, visits, queried.clone());
  }

  /** The same of a batch's arrays. */
  public static BatchLayout of(LatentBatch batch, int... queried) {
    Positions positions =
        Positions.of(
            batch.rows(),
            batch.columns(),
            values(batch.getPositionIds()),
            values(batch.getAttentionMask()),
            values(batch.getLatentMask()));
    return of(positions, queried);
  }

  private static int[] values(INDArray array) {
    return array.reshape(-1).toIntVector();
  }

  private static void requireQueried(int[] queried, int positions) {
    for (int i = 0; i < queried.length; i++) {
      if (queried[i] < (i == 0 ? 0 : queried[i - 1] + 1) || queried[i] >= positions) {
        throw new IllegalArgumentException(
            "Positions whose hidden states are asked for must ascend and be from 0 to "
                + (positions - 1)
                + "; found "
                + queried[i]);
      }
    }
  }

  /**
   * The same batch, visited otherwise.
   *
   * @param passes the first from time step 0, each other from one that was visited or the next one,
   *     each to the end of what was visited or further, the last to the sequences' end
   * @throws IllegalArgumentException if they are not
   */
  public BatchLayout withVisits(List<Visit> passes) {
    int end = 0;
    for (Visit visit : passes) {
      if (visit.from() < 0 || visit.from() > end || visit.to() < end || visit.steps() < 1) {
        throw new IllegalArgumentException(
            "A visit must begin at or before time step "
                + end
                + ", up to which earlier visits reach, and go as far; found "
                + visit);
      }
      end = visit.to();
    }
    if (end != steps()) {
      throw new IllegalArgumentException(
          "Visits must reach time step " + steps() + ", the sequences' end; found " + passes);
    }
    return new BatchLayout(positions, List.copyOf(passes), queried);
  }

  /** The same batch, of which other hidden states are used. */
  public BatchLayout withQueried(int... chosen) {
    requireQueried(chosen, sequences() * steps());
    return new BatchLayout(positions, visits, chosen.clone());
  }

  /**
   * The same batch, of which the hidden states at the last real positions are used.
   *
   * @throws IllegalArgumentException if a sequence is padding alone
   */
  public BatchLayout withLastQueried() {
    return withQueried(
        IntStream.range(0, sequences()).map(b -> b * steps() + positions.lastReal(b)).toArray());
  }

  /** Neighbouring sequences, with their queried positions. */
  public BatchLayout range(int from, int count) {
    int[] own =
        Arrays.stream(queried, firstQueried(from), firstQueried(from + count))
            .map(position -> position - from * steps())
            .toArray();
    return new BatchLayout(positions.range(from, count), visits, own);
  }

  /** How many of the queried positions belong to the sequences before this one. */
  public int firstQueried(int sequence) {
    int found = Arrays.binarySearch(queried, sequence * steps());
    return found >= 0 ? found : -found - 1;
  }

  /**
   * The same sequences one time step on: a visit to the new time step alone.
   *
   * @param positionIds the new time step's position ids [B]
   * @param chosen sequences whose new hidden state is used, ascending
   */
  public BatchLayout next(int[] positionIds, int[] chosen) {
    int added = steps();
    int[] last = Arrays.stream(chosen).map(b -> b * (added + 1) + added).toArray();
    return new BatchLayout(
        positions.withStep(positionIds), List.of(new Visit(added, added + 1)), last);
  }

  /** The first time steps, read already: what {@link #next} goes on from. */
  public BatchLayout firstSteps(int count) {
    return read(positions.known(positions.all(), count, count));
  }

  /** Some of the sequences, read already: what {@link #next} goes on from. */
  public BatchLayout select(int[] chosen) {
    return read(positions.known(chosen, steps(), steps()));
  }

  /** These sequences and others after them, all read already: a batch that others joined. */
  public BatchLayout join(BatchLayout others) {
    return read(positions.join(others.positions));
  }

  private static BatchLayout read(Positions positions) {
    return new BatchLayout(positions, List.of(), new int[0]);
  }

  /** Number of sequences, B. */
  public int sequences() {
    return positions.sequences();
  }

  /** Number of time steps, T. */
  public int steps() {
    return positions.steps();
  }

  /**
   * What a graph of operations depends on: the visits, the last one open at its end ({@link
   * Integer#MAX_VALUE}) if it is the first to come there, so that batches of other lengths share
   * it.
   */
  public List<Visit> openVisits() {
    List<Visit> open = new ArrayList<>(visits);
    int last = open.size() - 1;
    if (last > 0 && open.get(last - 1).to() == steps()) {
      return visits;
    }
    open.set(last, new Visit(open.get(last).from(), Integer.MAX_VALUE));
    return List.copyOf(open);
  }

  /** Whether a time step is visited more than once. */
  public boolean hasRevisits() {
    return IntStream.range(1, visits.size())
        .anyMatch(i -> visits.get(i).from() < visits.get(i - 1).to());
  }

  /**
   * The last visit to a time step before another visit.
   *
   * @return its number, or -1 if there is none
   */
  public int lastVisit(int step, int before) {
    for (int i = before - 1; i >= 0; i--) {
      if (visits.get(i).from() <= step && step < visits.get(i).to()) {
        return i;
      }
    }
    return -1;
  }

  /** How many hidden states are used. */
  public int queriedCount() {
    return queried.length;
  }

  /** The position b · T + t of a hidden state that is used. */
  public int queried(int index) {
    return queried[index];
  }

  /** Whether the hidden states of all positions are used. */
  public boolean isEveryPositionQueried() {
    return queried.length == sequences() * steps();
  }
}
