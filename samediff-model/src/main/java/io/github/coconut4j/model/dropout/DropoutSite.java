package io.github.coconut4j.model.dropout;

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
  FEED_FORWARD_OUTPUT(3);

  // Of LoRA's inputs: from 16 on, one number for each linear layer of a block.

  /** The site's number in the generator's counters, which must never change. */
  private final int number;
}
