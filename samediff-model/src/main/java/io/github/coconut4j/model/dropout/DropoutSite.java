package io.github.coconut4j.model.dropout;

import io.github.coconut4j.model.ParameterLayout.Role;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/** Where a transformer drops values. */
@Getter
@Accessors(fluent = true)
@RequiredArgsConstructor
public enum DropoutSite {
  /** What the first block reads: GPT-2's {@code embd_pdrop}. Its layer is 0. */
  EMBEDDING(0),
  /** Attention probabilities, after the softmax: {@code attn_pdrop}, {@code attention_dropout}. */
  ATTENTION(1),
  /** Attention's output before the residual sum: GPT-2's {@code resid_pdrop}. */
  ATTENTION_OUTPUT(2),
  /** The feed-forward layer's output before the residual sum: GPT-2's {@code resid_pdrop}. */
  FEED_FORWARD_OUTPUT(3),
  /** What the adapter of GPT-2's queries, keys and values reads; this and the next: LoRA's. */
  ADAPTER_QUERY_KEY_VALUE(16),
  /** What the adapter of the queries reads. */
  ADAPTER_QUERY(17),
  /** What the adapter of the keys reads. */
  ADAPTER_KEY(18),
  /** What the adapter of the values reads. */
  ADAPTER_VALUE(19),
  /** What the adapter of attention's output projection reads. */
  ADAPTER_ATTENTION_OUTPUT(20),
  /** What the adapter of the feed-forward layer's gate reads. */
  ADAPTER_FEED_FORWARD_GATE(21),
  /** What the adapter of the feed-forward layer's first projection reads. */
  ADAPTER_FEED_FORWARD_UP(22),
  /** What the adapter of the feed-forward layer's second projection reads. */
  ADAPTER_FEED_FORWARD_DOWN(23);

  /** The site's number in the generator's counters, which must never change. */
  private final int number;

  /**
   * What the low-rank adapter of a linear layer reads. Layers that read the same have sites of
   * their own, as in PEFT.
   *
   * @throws IllegalArgumentException if the role is no linear layer's
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
              "Linear layers of a block alone have adapters, but %s is none.".formatted(role));
    };
  }
}
