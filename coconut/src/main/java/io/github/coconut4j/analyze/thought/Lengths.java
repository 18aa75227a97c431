package io.github.coconut4j.analyze.thought;

import lombok.Value;

/** Largest numbers of thoughts and generated tokens. */
@Value
public class Lengths {

  /** Largest number of consecutive latents, at least 0. */
  int thoughts;

  /** Largest number of tokens generated after them, at least 1. */
  int newTokens;

  /** What to do if a question does not fit beside them, as a sentence of the error. */
  String remedy;

  /**
   * Number of tokens that can be generated after a prompt.
   *
   * @param prompt its length, including {@code <|start-latent|>}
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
              + " tokens. "
              + remedy);
    }
    return room;
  }
}
