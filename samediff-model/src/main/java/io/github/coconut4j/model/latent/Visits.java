package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import lombok.AccessLevel;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/**
 * The visits of a batch: the forward passes over its time steps, in order. None ends before an
 * earlier one; a time step may be visited several times. Immutable.
 */
@Accessors(fluent = true)
@EqualsAndHashCode
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public final class Visits {

  /** Number of time steps of the batch, T. */
  private final int steps;

  /** The visits, in order; none if all positions have been read. */
  @Getter private final List<Visit> list;

  /**
   * Checks that visits are those of a whole batch.
   *
   * @param visits the first starts at time step 0; each other starts at a visited time step or the
   *     next one; none ends before an earlier one; the last ends at the end of the sequences
   * @param steps T
   * @throws IllegalArgumentException if they are not
   */
  static Visits of(List<Visit> visits, int steps) {
    Arguments.requireNonNull(visits, "visits", "Give the visits, in order.");
    int end = 0;
    for (Visit visit : visits) {
      if (visit == null
          || visit.from() < 0
          || visit.from() > end
          || visit.to() < end
          || visit.steps() < 1) {
        throw new IllegalArgumentException(
            "A visit must begin at or before time step "
                + end
                + ", up to which earlier visits reach, and go as far; found "
                + visit
                + ".");
      }
      end = visit.to();
    }
    if (end != steps) {
      throw new IllegalArgumentException(
          "Visits must reach time step " + steps + ", the sequences' end; found " + visits + ".");
    }
    return new Visits(steps, List.copyOf(visits));
  }

  /** The visits of a batch whose positions have all been read: none. */
  static Visits none(int steps) {
    return new Visits(steps, List.of());
  }

  /** The visit of a batch whose positions have all been read except the last time step. */
  static Visits ofLastStep(int steps) {
    return new Visits(steps, List.of(new Visit(steps - 1, steps)));
  }

  /** Number of visits. */
  public int count() {
    return list.size();
  }

  /**
   * One of the visits.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not in [0, {@link #count})
   */
  public Visit get(int index) {
    return list.get(index);
  }

  /**
   * The visits that a graph of operations depends on. The last one ends at {@link
   * Integer#MAX_VALUE} if it covers at least two new time steps, so that batches of other lengths
   * share the graph: the second is not a latent, and a graph needs at least one such. Empty if all
   * positions have been read.
   */
  public List<Visit> open() {
    int last = count() - 1;
    if (last < 0 || (last > 0 && get(last - 1).to() >= steps - 1)) {
      return list;
    }
    List<Visit> open = new ArrayList<>(list);
    open.set(last, new Visit(get(last).from(), Integer.MAX_VALUE));
    return List.copyOf(open);
  }

  /**
   * Checks that there is something to compute.
   *
   * @throws IllegalArgumentException if all positions have been read
   */
  public void requireAny() {
    if (list.isEmpty()) {
      throw new IllegalArgumentException(
          "A batch must have visits to be computed, but all of its "
              + steps
              + " time steps are read already. Go on with next, or give it visits with withVisits.");
    }
  }

  /** Whether a time step is visited more than once. */
  public boolean overlap() {
    return IntStream.range(1, count()).anyMatch(i -> get(i).from() < get(i - 1).to());
  }

  /**
   * The last visit to a time step before another visit.
   *
   * @param step in [0, T)
   * @param before number of the other visit, or how many visits there are
   * @return its number, or -1 if there is none
   * @throws IndexOutOfBoundsException if an argument is outside its range
   */
  public int last(int step, int before) {
    Objects.checkIndex(step, steps);
    Objects.checkIndex(before, count() + 1);
    for (int i = before - 1; i >= 0; i--) {
      if (get(i).covers(step)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return list.toString();
  }
}
