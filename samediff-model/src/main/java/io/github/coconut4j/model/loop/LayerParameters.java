package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.ParameterLayout.Role;

/**
 * The parameters of one layer, or their gradients, by role.
 *
 * @param all those of the model
 * @param layer number of the layer, or {@link io.github.coconut4j.model.ParameterLayout#NO_LAYER}
 *     for those outside the blocks
 */
record LayerParameters(Parameters all, int layer) {

  /** A weight; that of a norm is its scale [1, d]. */
  Matrix weight(Role role) {
    return all.weight(role, layer);
  }

  /** A bias [1, out], or null if there is none; that of a norm is its shift. */
  Matrix bias(Role role) {
    return all.bias(role, layer);
  }

  /** A linear layer's weight, bias and adapter. */
  LinearWeights linear(Role role) {
    return all.linear(role, layer);
  }
}
