package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.dropout.DropoutSite;
import java.util.List;

/**
 * The dropout masks of a layer in a pass; the same objects in the forward and the backward pass.
 *
 * @param dropout the worker's dropout
 * @param pass the pass with the rows
 * @param layer number of the layer
 * @param queriedOnly whether the rows are only the pass's queried positions
 */
record LayerMasks(WorkerDropout dropout, Pass pass, int layer, boolean queriedOnly) {

  /**
   * Number of rows of an adapter's input that dropout processes at a time, so that they stay in the
   * cache.
   */
  private static final int ADAPTER_ROWS = 64;

  /** The masks of all positions of the pass. */
  LayerMasks ofEveryPosition() {
    return queriedOnly ? new LayerMasks(dropout, pass, layer, false) : this;
  }

  /** The multipliers of the rows, or null without dropout. */
  MaskedRows of(DropoutSite site) {
    return dropout.of(site, layer, pass, queriedOnly);
  }

  /**
   * The multipliers of the rows that the adapter of a linear layer reads, in consecutive parts;
   * null without dropout.
   */
  List<MaskedRows> ofAdapter(Role role) {
    return dropout.parts(DropoutSite.ofAdapter(role), layer, pass, queriedOnly, ADAPTER_ROWS);
  }
}
