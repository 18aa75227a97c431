package io.github.coconut4j.data.tokenizer;

import java.util.List;

/** The tokens that are not text, under the names of the published implementation. */
public final class SpecialTokens {

  /** Ends a generated text; GPT-2's only special token. */
  public static final String END_OF_TEXT = "<|endoftext|>";

  /** Marks the beginning of the latent positions. */
  public static final String START_LATENT = "<|start-latent|>";

  /** Marks the end of the latent positions. */
  public static final String END_LATENT = "<|end-latent|>";

  /** Placeholder at a latent position. */
  public static final String LATENT = "<|latent|>";

  /**
   * A position of computation without feedback (methods {@code pause}, {@code pause_as_thought}).
   */
  public static final String PAUSE = "<pause>";

  /**
   * The tokens that continuous thought adds to a language model's vocabulary, in the published
   * order.
   */
  public static final List<String> COCONUT = List.of(START_LATENT, END_LATENT, LATENT);

  private SpecialTokens() {}
}
