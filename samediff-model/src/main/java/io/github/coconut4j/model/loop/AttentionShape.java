package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;

/**
 * The sizes of one layer's attention. Query head i reads the keys and values of head {@code i /
 * group}.
 *
 * @param heads of queries, a multiple of {@code keyValueHeads}
 * @param keyValueHeads of keys and values
 * @param headSize width of a head
 * @param scale what scores are multiplied by
 */
public record AttentionShape(int heads, int keyValueHeads, int headSize, float scale) {

  static AttentionShape of(TransformerConfig config, int layer) {
    return new AttentionShape(
        config.getNHead(),
        config.keyValueHeads(),
        config.headSize(),
        (float) config.attentionScale(layer));
  }

  /** Query heads that share a head of keys and values. */
  public int group() {
    return heads / keyValueHeads;
  }

  /** Width of all keys, or values, together. */
  public int keyValueWidth() {
    return keyValueHeads * headSize;
  }
}
