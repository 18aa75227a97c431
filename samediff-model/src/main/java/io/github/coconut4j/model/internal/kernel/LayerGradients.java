package io.github.coconut4j.model.internal.kernel;

/**
 * A layer's gradients on the way back, kept for its weight gradients. Each takes the place of the
 * activation that it is the gradient of, which nothing reads once the gradient is known: attention
 * has its keys and values in its cache, a norm's weight gradients are summed on the way.
 *
 * @param input of the layer's input
 * @param qkv of queries, keys and values
 * @param neededQuery of the needed cells' queries; compact layer only
 * @param middle of the state between attention and feed-forward
 * @param up of the feed-forward before its activation
 */
record LayerGradients(
    LineBuffer input, LineBuffer qkv, LineBuffer neededQuery, LineBuffer middle, LineBuffer up) {

  static LayerGradients inPlaceOf(LayerActivations x) {
    return new LayerGradients(x.input, x.qkv, x.neededQuery, x.middle, x.up);
  }
}
