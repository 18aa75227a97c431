package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.dropout.DropoutSite;
import java.util.List;

/**
 * One layer in one pass: the rows that it computes, its parameters, and its dropout masks, which
 * are the same objects in the forward and the backward pass.
 *
 * @param pass the pass with the rows
 * @param parameters the layer's parameters
 * @param dropout the worker's dropout
 * @param queriedOnly whether the rows are only the pass's queried positions
 */
record LayerPass(
    Pass pass, LayerParameters parameters, WorkerDropout dropout, boolean queriedOnly) {

  /**
   * Number of rows of an adapter's input that dropout processes at a time, so that they stay in the
   * cache.
   */
  private static final int ADAPTER_ROWS = 64;

  /** The same layer for all positions of the pass. */
  LayerPass ofEveryPosition() {
    return queriedOnly ? new LayerPass(pass, parameters, dropout, false) : this;
  }

  /** The first row in the layer's buffers. */
  long firstRow() {
    return pass.firstQuery(queriedOnly);
  }

  /** Number of rows. */
  long rows() {
    return pass.queries(queriedOnly);
  }

  /** Position ids of the rows. */
  int[] positionIds() {
    return pass.positionIds(queriedOnly);
  }

  /** A linear layer's weight, bias and adapter. */
  LinearWeights linear(Role role) {
    return parameters.linear(role);
  }

  /** The multipliers of the rows, or null without dropout. */
  MaskedRows mask(DropoutSite site) {
    return dropout.of(site, parameters.layer(), pass, queriedOnly);
  }

  /**
   * The multipliers of the rows that the adapter of a linear layer reads, in consecutive parts;
   * null without dropout.
   */
  List<MaskedRows> adapterMasks(Role role) {
    DropoutSite site = DropoutSite.ofAdapter(role);
    return dropout.parts(site, parameters.layer(), pass, queriedOnly, ADAPTER_ROWS);
  }
}
