package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.dropout.DropoutSite;
import java.util.List;

/**
 * The dropout masks of a layer on a pass; the same objects for the forward and the backward pass.
 *
 * @param dropout of the worker
 * @param pass whose rows they are of
 * @param layer number of the layer
 * @param queriedOnly whether the rows are the pass's queried positions alone
 */
record LayerMasks(WorkerDropout dropout, Pass pass, int layer, boolean queriedOnly) {

  /** Rows of an adapter's input that are dropped at a time, so that they stay in the cache. */
  private static final int ADAPTER_ROWS = 64;

  /** Those of all positions of the pass. */
  LayerMasks ofEveryPosition() {
    return queriedOnly ? new LayerMasks(dropout, pass, layer, false) : this;
  }

  /** What multiplies the rows, or null where nothing is dropped. */
  MaskedRows of(DropoutSite site) {
    return dropout.of(site, layer, pass, queriedOnly);
  }

  /**
   * What multiplies the rows that the adapter of a linear layer reads, some rows at a time, in
   * order; null where nothing is dropped.
   */
  List<MaskedRows> ofAdapter(Role role) {
    return dropout.parts(DropoutSite.ofAdapter(role), layer, pass, queriedOnly, ADAPTER_ROWS);
  }
}
