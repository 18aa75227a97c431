package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutMask;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.latent.Positions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The dropout masks of one worker's sequences, if there is dropout. */
final class WorkerDropout {

  /** Null for none. */
  private final Dropout dropout;

  /** Each sequence's first real time step. */
  private final int[] firstSteps;

  private final Map<Key, List<MaskedRows>> rows = new HashMap<>();

  /**
   * @param dropout of the worker's sequences, or null for none
   */
  WorkerDropout(Dropout dropout, WorkerLayout layout) {
    this.dropout = dropout;
    Positions positions = layout.batch().positions();
    int sequences = dropout == null ? 0 : positions.sequences();
    firstSteps = IntStream.range(0, sequences).map(positions::firstReal).toArray();
  }

  /** Identifies the rows of a site in a pass. */
  private record Key(DropoutSite site, int layer, int pass, boolean queriedOnly) {}

  /**
   * The multipliers of a pass's rows, the same object in each call.
   *
   * @param queriedOnly whether the rows are only the pass's queried positions
   * @return null without dropout
   */
  MaskedRows of(DropoutSite site, int layer, Pass pass, boolean queriedOnly) {
    List<MaskedRows> all = parts(site, layer, pass, queriedOnly, Integer.MAX_VALUE);
    return all == null ? null : all.get(0);
  }

  /**
   * The multipliers of a pass's rows, in consecutive parts.
   *
   * @param most the largest number of rows of a part; the same in each call
   */
  List<MaskedRows> parts(DropoutSite site, int layer, Pass pass, boolean queriedOnly, int most) {
    return dropout == null
        ? null
        : rows.computeIfAbsent(
            new Key(site, layer, pass.index(), queriedOnly),
            key -> masked(dropout.mask(site, layer), pass, queriedOnly, most));
  }

  private List<MaskedRows> masked(DropoutMask mask, Pass pass, boolean queriedOnly, int most) {
    if (mask == null) {
      return null;
    }
    List<MaskedRows> parts = new ArrayList<>();
    int count = (int) pass.queries(queriedOnly);
    int from = 0;
    do { // a pass without rows has one part
      int size = Math.min(most, count - from);
      parts.add(masked(mask, pass, queriedOnly, from, size));
      from += size;
    } while (from < count);
    return parts;
  }

  private MaskedRows masked(DropoutMask mask, Pass pass, boolean queriedOnly, int from, int count) {
    int[] sequences = new int[count];
    int[] firsts = new int[count];
    int[] steps = new int[count];
    for (int i = 0; i < count; i++) {
      int row = queriedOnly ? pass.queriedRows()[from + i] : from + i;
      sequences[i] = pass.sequence(row);
      firsts[i] = firstSteps[sequences[i]];
      steps[i] = pass.step(row) - firsts[i];
    }
    return new MaskedRows(mask, sequences, firsts, steps);
  }
}
