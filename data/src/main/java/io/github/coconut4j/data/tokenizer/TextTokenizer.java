package io.github.coconut4j.data.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Converts text to token ids and back. Implementations are thread-safe. */
public interface TextTokenizer extends AutoCloseable {

  /**
   * The ids of a text's tokens; nothing is added at either end. The name of a special token in the
   * text becomes that token.
   *
   * @throws UnknownTokenException if a part of the text is outside the vocabulary
   */
  int[] encode(String text);

  /**
   * The ids of the tokens of a text that begins a sequence, including the tokens that the
   * tokenizer's files add around a text, such as {@code <|begin_of_text|>}, like Python's {@code
   * encode(text, add_special_tokens=True)}.
   *
   * @throws UnknownTokenException if a part of the text is outside the vocabulary
   */
  default int[] encodeWithSpecialTokens(String text) {
    return encode(text);
  }

  /**
   * The text of token ids, without special tokens and without ids that have no token: an embedding
   * table may have more rows than there are tokens.
   *
   * @throws UnknownTokenException if an id is negative
   */
  String decode(int[] ids);

  /** The largest id plus one: the smallest number of rows of an embedding table. */
  int vocabularySize();

  /**
   * The id of a token by its name.
   *
   * @throws UnknownTokenException if the vocabulary lacks the token
   */
  default int id(String token) {
    return findId(token).orElseThrow(() -> UnknownTokenException.ofToken(token));
  }

  /** The id of a token by its name, or empty if the vocabulary lacks it. */
  OptionalInt findId(String token);

  /**
   * The name of a token in the vocabulary (in a byte-level one with {@code Ġ} for a space).
   *
   * @throws UnknownTokenException if no token has this id
   */
  String token(int id);

  /**
   * A token for display: its text, its name if it is not text, or {@code [id]} if no token has this
   * id.
   *
   * @throws UnknownTokenException if the id is negative
   */
  default String display(int id) {
    String text = decode(new int[] {id});
    if (!text.isEmpty()) {
      return text;
    }
    try {
      return token(id);
    } catch (UnknownTokenException e) {
      return "[" + id + "]";
    }
  }

  /** The id of the token that ends a text, or empty if the tokenizer's files name none. */
  default OptionalInt endOfSequence() {
    return OptionalInt.empty();
  }

  /**
   * Writes {@code tokenizer.json} into a model directory.
   *
   * @throws IOException if it cannot be written
   */
  void save(Path modelDirectory) throws IOException;

  /**
   * Writes {@code tokenizer.json} into a model directory together with the files that Hugging
   * Face's {@code AutoTokenizer} needs: {@code tokenizer_config.json}, and the files that the
   * tokenizer came with, updated.
   *
   * @param endOfSequence id of the token that ends a text, for files that do not name it
   * @throws IOException if they cannot be written
   */
  default void saveFiles(Path modelDirectory, int endOfSequence) throws IOException {
    save(modelDirectory);
  }

  @Override
  void close();
}
