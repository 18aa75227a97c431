package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Builder;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The layout of one batch, for both latent loops and their decoders: its positions, the passes that
 * visit them, and the positions whose hidden state is used. Immutable; validated at construction.
 *
 * <p>A visit is a forward pass over a range of time steps. The input of a latent is the hidden
 * state of the previous time step as the last earlier visit computed it, or its token's embedding
 * if there was no earlier visit. With latents fed one after another (Coconut, arXiv 2412.06769,
 * section 3), the first at time step p and N in the longest sequence, the visits are [0, p), then
 * single time steps, then [p + N - 1, T). Latents that are refined in parallel (PCCoT, arXiv
 * 2506.18582) are visited several times: [0, p + N), [p, p + N), …, [p, T).
 *
 * <p>Shapes: B sequences, T time steps.
 */
@Accessors(fluent = true)
@Builder(toBuilder = true, access = AccessLevel.PRIVATE)
@AllArgsConstructor(access = AccessLevel.PRIVATE)
public final class BatchLayout {

  /** The positions (b, t). */
  @Getter private final Positions positions;

  /** The passes over the batch; none if all positions have been read. */
  @Getter private final Visits visits;

  @Builder.Default private final ChosenPositions queried = ChosenPositions.NONE;

  @Builder.Default private final ChosenPositions probed = ChosenPositions.NONE;

  /**
   * Whether the token embeddings' gradient at latents is the gradient of their inputs, and not 0.
   */
  @Getter private final boolean keepsFedGradients;

  /**
   * The layout of a batch whose latents are computed one after another.
   *
   * @param queried positions whose hidden state is used, b · T + t, ascending
   * @throws IllegalArgumentException if sequences have their first latents at different time steps,
   *     a sequence's latents are interrupted, there is no real position before a latent, or queried
   *     positions do not ascend within the batch
   */
  public static BatchLayout of(Positions positions, int... queried) {
    Arguments.requireNonNull(positions, "positions", "Make them with Positions.of.");
    List<Visit> visits = positions.latents().visits(positions.steps());
    return builder()
        .positions(positions)
        .visits(Visits.of(visits, positions.steps()))
        .queried(ChosenPositions.of(queried, positions.sequences() * positions.steps()))
        .build();
  }

  /** A layout of one position, whose graph serves every batch without latents. */
  static BatchLayout withoutLatents() {
    int[] one = {1};
    return of(Positions.of(1, 1, new int[1], one, new int[1]));
  }

  /**
   * The same for the arrays of a batch.
   *
   * @throws IllegalStateException if an array was closed
   */
  public static BatchLayout of(LatentBatch batch, int... queried) {
    Arguments.requireNonNull(batch, "batch", "Build one with LatentBatch.builder().");
    batch.requireOpen();
    Positions positions =
        Positions.of(
            batch.sequences(),
            batch.steps(),
            values(batch.getPositionIds()),
            values(batch.getAttentionMask()),
            values(batch.getLatentMask()));
    return of(positions, queried);
  }

  private static int[] values(INDArray array) {
    return array.reshape(-1).toIntVector();
  }

  /**
   * The same batch with other visits.
   *
   * @param visits the first starts at time step 0; each other starts at a visited time step or the
   *     next one; none ends before an earlier one; the last ends at the end of the sequences
   * @throws IllegalArgumentException if they do not
   */
  public BatchLayout withVisits(List<Visit> visits) {
    return toBuilder().visits(Visits.of(visits, steps())).build();
  }

  /**
   * The same batch with its latents refined in parallel: one pass over all of them that reads their
   * tokens' embeddings, and one for each iteration, which reads what the previous pass computed at
   * the previous time step. The positions after the latents belong to the last pass.
   *
   * @param iterations number of refinements; with at least as many as latents, the hidden states
   *     are those of latents computed one after another; 0 for this batch unchanged
   * @throws IllegalArgumentException if negative
   */
  public BatchLayout withLatentIterations(int iterations) {
    return iterations == 0
        ? this
        : withVisits(positions.latents().refinements(steps(), iterations));
  }

  /**
   * The same batch with other positions whose hidden states are used.
   *
   * @param chosen positions b · T + t, ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   */
  public BatchLayout withQueried(int... chosen) {
    return toBuilder().queried(chosen(chosen)).build();
  }

  /**
   * The same batch with positions whose hidden states of inner layers are used too.
   *
   * @param chosen positions b · T + t, ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   */
  public BatchLayout withProbed(int... chosen) {
    return toBuilder().probed(chosen(chosen)).build();
  }

  /** The same batch, but the token embeddings' gradient at latents is that of their inputs. */
  public BatchLayout withFedGradients() {
    return toBuilder().keepsFedGradients(true).build();
  }

  private ChosenPositions chosen(int... chosen) {
    return ChosenPositions.of(chosen, sequences() * steps());
  }

  /**
   * The same batch, using the hidden states at the last real positions.
   *
   * @throws IllegalArgumentException if a sequence is only padding
   */
  public BatchLayout withLastQueried() {
    return withQueried(
        IntStream.range(0, sequences()).map(b -> b * steps() + positions.lastReal(b)).toArray());
  }

  /**
   * A range of sequences, with their queried and probed positions.
   *
   * @param from the first
   * @param count how many, at least 1
   * @throws IllegalArgumentException if they are not all in the batch
   */
  public BatchLayout range(int from, int count) {
    Positions part = positions.range(from, count);
    int first = from * steps();
    int end = first + count * steps();
    return toBuilder()
        .positions(part)
        .queried(queried.range(first, end))
        .probed(probed.range(first, end))
        .build();
  }

  /**
   * How many of the queried positions belong to the sequences before this one.
   *
   * @throws IndexOutOfBoundsException if {@code sequence} is not in [0, B]
   */
  public int firstQueried(int sequence) {
    return queried.before(Objects.checkIndex(sequence, sequences() + 1) * steps());
  }

  /**
   * How many of the probed positions belong to the sequences before this one.
   *
   * @throws IndexOutOfBoundsException if {@code sequence} is not in [0, B]
   */
  public int firstProbed(int sequence) {
    return probed.before(Objects.checkIndex(sequence, sequences() + 1) * steps());
  }

  /**
   * The same sequences with one more time step: one visit, to the new time step only.
   *
   * @param positionIds the new time step's position ids [B]
   * @param chosen sequences whose new hidden state is used, ascending
   * @throws IllegalArgumentException if there is not one position id per sequence, or the chosen
   *     sequences do not ascend within the batch
   */
  public BatchLayout next(int[] positionIds, int[] chosen) {
    if (positionIds == null || positionIds.length != sequences()) {
      throw new IllegalArgumentException(
          "A new time step needs one position id for each of the "
              + sequences()
              + " sequences, but was given "
              + (positionIds == null ? "null" : positionIds.length)
              + ". Give those of the chosen and all other sequences.");
    }
    requireChosen(chosen);
    int added = steps();
    int[] last = Arrays.stream(chosen).map(b -> b * (added + 1) + added).toArray();
    return builder()
        .positions(positions.withStep(positionIds))
        .visits(Visits.ofLastStep(added + 1))
        .build()
        .withQueried(last);
  }

  private void requireChosen(int[] chosen) {
    Arguments.requireAscending(
        chosen, sequences(), "Chosen sequences", "Give each sequence once, in order.");
  }

  /**
   * The first time steps, as already read: a start for {@link #next}.
   *
   * @param count how many, from 1 to T
   * @throws IllegalArgumentException if it is out of range
   */
  public BatchLayout firstSteps(int count) {
    if (count < 1 || count > steps()) {
      throw new IllegalArgumentException(
          "The time steps that are kept must be from 1 to the batch's "
              + steps()
              + ", but are "
              + count
              + ". Make a layout of the new prompts instead.");
    }
    return read(positions.known(positions.all(), count, count));
  }

  /**
   * The same sequences, as already read, with the last time step of some removed.
   *
   * @param chosen ascending
   * @throws IllegalArgumentException if they do not ascend within the batch
   */
  public BatchLayout withoutLast(int[] chosen) {
    requireChosen(chosen);
    return read(positions.withoutLast(chosen));
  }

  /**
   * Some of the sequences, as already read: a start for {@link #next}.
   *
   * @param chosen at least one, ascending
   * @throws IllegalArgumentException if there is none, or they do not ascend within the batch
   */
  public BatchLayout select(int[] chosen) {
    requireChosen(chosen);
    if (chosen.length == 0) {
      throw new IllegalArgumentException(
          "A batch must keep at least one sequence, but none is chosen. Drop the layout instead.");
    }
    return read(positions.known(chosen, steps(), steps()));
  }

  /** These sequences followed by others, all as already read. */
  public BatchLayout join(BatchLayout others) {
    Arguments.requireNonNull(others, "others", "Give the layout of those that join.");
    return read(positions.join(others.positions));
  }

  private static BatchLayout read(Positions positions) {
    return builder().positions(positions).visits(Visits.none(positions.steps())).build();
  }

  /** Number of sequences, B. */
  public int sequences() {
    return positions.sequences();
  }

  /** Number of time steps, T. */
  public int steps() {
    return positions.steps();
  }

  /** Number of positions whose hidden states are used. */
  public int queriedCount() {
    return queried.count();
  }

  /** Number of positions whose hidden states of inner layers are used. */
  public int probedCount() {
    return probed.count();
  }

  /**
   * A position b · T + t whose hidden state is used.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not in [0, {@link #queriedCount})
   */
  public int queried(int index) {
    return queried.get(index);
  }

  /**
   * A position b · T + t whose hidden states of inner layers are used.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not in [0, {@link #probedCount})
   */
  public int probed(int index) {
    return probed.get(index);
  }

  /** Whether the hidden states of all positions are used. */
  public boolean isEveryPositionQueried() {
    return queried.count() == sequences() * steps();
  }
}
