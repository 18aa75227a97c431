package io.github.coconut4j.analyze.thought;

import lombok.Value;

/** How much is thought and written at most. */
@Value
public class Lengths {

  /** Latents in a row, at least 0. */
  int thoughts;

  /** Tokens written after them, at least 1. */
  int newTokens;

  /**
   * Tokens that can be written after a prompt.
   *
   * @param prompt its length, {@code <|start-latent|>} included
   * @param positions size of the model's position table
   * @throws IllegalArgumentException if there is no room for one token
   */
  int room(int prompt, int positions) {
    int room = Math.min(newTokens, positions - prompt - thoughts - 1);
    if (room < 1) {
      throw new IllegalArgumentException(
          "A question, "
              + thoughts
              + " thoughts and an answer need to fit the model's "
              + positions
              + " positions, but a question has "
              + prompt
              + " tokens. Ask for fewer thoughts (analyze: --max-latents), or leave the problem out.");
    }
    return room;
  }
}
