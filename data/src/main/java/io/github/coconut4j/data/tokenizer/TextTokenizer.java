package io.github.coconut4j.data.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Turns text into token ids and back. Implementations may be used by several threads. */
public interface TextTokenizer extends AutoCloseable {

  /**
   * The ids of a text's tokens; nothing is added at either end. The name of a special token in the
   * text becomes that token.
   *
   * @throws UnknownTokenException if a piece of the text is outside the vocabulary
   */
  int[] encode(String text);

  /**
   * The text of token ids, special tokens left out.
   *
   * @throws UnknownTokenException if an id is negative or not below {@link #vocabularySize()}
   */
  String decode(int[] ids);

  /** One more than the greatest id: the least number of rows of an embedding table. */
  int vocabularySize();

  /**
   * The id of a token by its own name.
   *
   * @throws UnknownTokenException if the vocabulary lacks the token
   */
  default int id(String token) {
    return findId(token).orElseThrow(() -> UnknownTokenException.ofToken(token));
  }

  /** The id of a token by its own name, or empty where the vocabulary lacks it. */
  OptionalInt findId(String token);

  /**
   * The name of a token as the vocabulary has it (of a byte-level one: with {@code Ġ} for a space).
   *
   * @throws UnknownTokenException if no token has this id
   */
  String token(int id);

  /**
   * Writes {@code tokenizer.json} into a model directory.
   *
   * @throws IOException if it cannot be written
   */
  void save(Path modelDirectory) throws IOException;

  @Override
  void close();
}
