package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutMask;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.latent.Positions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The dropout masks of one worker's sequences; none where there is no dropout. */
final class WorkerDropout {

  /** Null for none. */
  private final Dropout dropout;

  private final Positions positions;

  /** The rows of a pass, without a mask, by its number and whether they are the queried ones. */
  private final Map<List<Object>, MaskedRows> rows = new HashMap<>();

  /**
   * @param dropout of the worker's sequences, or null for none
   */
  WorkerDropout(Dropout dropout, WorkerLayout layout) {
    this.dropout = dropout;
    positions = layout.batch().positions();
  }

  /**
   * What multiplies a pass's rows.
   *
   * @param queriedOnly whether the rows are the pass's queried positions alone
   * @return null where nothing is dropped
   */
  MaskedRows of(DropoutSite site, int layer, Pass pass, boolean queriedOnly) {
    DropoutMask mask = dropout == null ? null : dropout.mask(site, layer);
    if (mask == null) {
      return null;
    }
    MaskedRows own =
        rows.computeIfAbsent(
            List.of(pass.index(), queriedOnly), key -> withoutMask(pass, queriedOnly));
    return new MaskedRows(mask, own.sequences(), own.firstSteps(), own.steps());
  }

  private MaskedRows withoutMask(Pass pass, boolean queriedOnly) {
    int count = (int) pass.queries(queriedOnly);
    int[] sequences = new int[count];
    int[] firstSteps = new int[count];
    int[] steps = new int[count];
    for (int i = 0; i < count; i++) {
      int row = queriedOnly ? pass.queriedRows()[i] : i;
      sequences[i] = pass.sequence(row);
      firstSteps[i] = positions.firstReal(sequences[i]);
      steps[i] = pass.step(row) - firstSteps[i];
    }
    return new MaskedRows(null, sequences, firstSteps, steps);
  }
}
