package io.github.coconut4j.model.dropout;

import io.github.coconut4j.model.ParameterLayout.Role;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/** The places in a transformer where dropout is applied. */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor
public enum DropoutSite {
  /** The first block's input: GPT-2's {@code embd_pdrop}. Its layer is 0. */
  EMBEDDING(0),
  /** Attention probabilities, after the softmax: {@code attn_pdrop}, {@code attention_dropout}. */
  ATTENTION(1),
  /** Attention's output before the residual sum: GPT-2's {@code resid_pdrop}. */
  ATTENTION_OUTPUT(2),
  /** The feed-forward layer's output before the residual sum: GPT-2's {@code resid_pdrop}. */
  FEED_FORWARD_OUTPUT(3),
  /**
   * Input of the adapter of GPT-2's queries, keys and values; this and the following sites are
   * LoRA's.
   */
  ADAPTER_QUERY_KEY_VALUE(16),
  /** Input of the adapter of the queries. */
  ADAPTER_QUERY(17),
  /** Input of the adapter of the keys. */
  ADAPTER_KEY(18),
  /** Input of the adapter of the values. */
  ADAPTER_VALUE(19),
  /** Input of the adapter of attention's output projection. */
  ADAPTER_ATTENTION_OUTPUT(20),
  /** Input of the adapter of the feed-forward layer's gate. */
  ADAPTER_FEED_FORWARD_GATE(21),
  /** Input of the adapter of the feed-forward layer's first projection. */
  ADAPTER_FEED_FORWARD_UP(22),
  /** Input of the adapter of the feed-forward layer's second projection. */
  ADAPTER_FEED_FORWARD_DOWN(23);

  /** The site's number in the generator's counters, which must never change. */
  private final int number;

  /**
   * The site at the input of a linear layer's low-rank adapter. Layers with the same input have
   * separate sites, as in PEFT.
   *
   * @throws IllegalArgumentException if the role is not a linear layer's
   */
  public static DropoutSite ofAdapter(Role role) {
    return switch (role) {
      case QUERY_KEY_VALUE -> ADAPTER_QUERY_KEY_VALUE;
      case QUERY -> ADAPTER_QUERY;
      case KEY -> ADAPTER_KEY;
      case VALUE -> ADAPTER_VALUE;
      case ATTENTION_OUTPUT -> ADAPTER_ATTENTION_OUTPUT;
      case FEED_FORWARD_GATE -> ADAPTER_FEED_FORWARD_GATE;
      case FEED_FORWARD_UP -> ADAPTER_FEED_FORWARD_UP;
      case FEED_FORWARD_DOWN -> ADAPTER_FEED_FORWARD_DOWN;
      default ->
          throw new IllegalArgumentException(
              "Only linear layers of a block have adapters, but %s is not one.".formatted(role));
    };
  }
}
