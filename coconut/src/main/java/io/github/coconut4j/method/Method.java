package io.github.coconut4j.method;

import java.util.Locale;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/**
 * What stands between question and answer.
 *
 * <p>Source: arXiv 2412.06769, section 4.2; iCoT: Deng et al., arXiv 2405.14838; pause tokens:
 * Goyal et al., arXiv 2310.02226.
 */
@Getter
@RequiredArgsConstructor
@Accessors(fluent = true)
public enum Method {
  /** Latents between markers replace more steps from stage to stage. */
  COCONUT(Thought.LATENT, true, true),
  /** The whole chain in words. */
  COT(Thought.NONE, false, false),
  /** The answer alone. */
  NO_COT(Thought.NONE, false, false),
  /** Steps leave from stage to stage and nothing replaces them. */
  NO_THOUGHTS(Thought.NONE, false, true),
  /** The chain's first tokens leave, more of them every epoch. */
  ICOT(Thought.NONE, false, true),
  /** Pause tokens before the answer, from the first update on. */
  PAUSE(Thought.PAUSE, false, false),
  /** As {@link #COCONUT}, but a latent is the embedding of the pause token. */
  PAUSE_AS_THOUGHT(Thought.PAUSE, true, true);

  /** What a position of thought receives as its input. */
  public enum Thought {
    /** There is no such position. */
    NONE,
    /** The final hidden state of the position before it. */
    LATENT,
    /** A learned embedding. */
    PAUSE
  }

  /** What a position of thought receives. */
  private final Thought thought;

  /** Whether the thoughts stand between {@code <|start-latent|>} and {@code <|end-latent|>}. */
  private final boolean markers;

  /** Whether the sequence changes from stage to stage. */
  private final boolean staged;

  /** The name in configurations, such as {@code no_cot}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The method of that name. */
  public static Method ofKey(String key) {
    for (Method method : values()) {
      if (method.key().equals(key)) {
        return method;
      }
    }
    throw new IllegalArgumentException(
        "A method needs to be one of coconut, cot, no_cot, no_thoughts, icot, pause,"
            + " pause_as_thought but is "
            + key
            + ". Check its spelling.");
  }
}
