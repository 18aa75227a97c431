package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The sizes of one layer's attention. Query head i reads the keys and values of head {@code i /
 * group}.
 *
 * @param heads number of query heads, a multiple of {@code keyValueHeads}
 * @param keyValueHeads number of key and value heads
 * @param headSize width of a head
 * @param scale factor of the scores
 */
public record AttentionShape(int heads, int keyValueHeads, int headSize, float scale) {

  static AttentionShape of(TransformerConfig config, int layer) {
    return new AttentionShape(
        config.getNHead(),
        config.keyValueHeads(),
        config.headSize(),
        (float) config.attentionScale(layer));
  }

  /** Number of query heads that share a head of keys and values. */
  public int group() {
    return heads / keyValueHeads;
  }

  /** Width of all keys, or values, together. */
  public int keyValueWidth() {
    return keyValueHeads * headSize;
  }
}
