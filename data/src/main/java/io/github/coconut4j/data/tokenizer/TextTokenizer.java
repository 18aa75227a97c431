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
   * The ids of the tokens of a text that begins a sequence: those that the tokenizer's files put
   * around one are added, {@code <|begin_of_text|>} say, as Python's {@code encode(text,
   * add_special_tokens=True)} does.
   *
   * @throws UnknownTokenException if a piece of the text is outside the vocabulary
   */
  default int[] encodeWithSpecialTokens(String text) {
    return encode(text);
  }

  /**
   * The text of token ids, special tokens left out, and so are ids that stand for no token: an
   * embedding table may have more rows than there are tokens.
   *
   * @throws UnknownTokenException if an id is negative
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
   * What a reader is shown of one token: its text, its name where it stands for no text, {@code
   * [id]} where no token has this id.
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

  /** The id of the token that ends a text, or empty where the tokenizer's files name none. */
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
   * Writes {@code tokenizer.json} into a model directory and what Hugging Face's {@code
   * AutoTokenizer} needs beside it: {@code tokenizer_config.json}, and the files that the tokenizer
   * came with, updated.
   *
   * @param endOfSequence id of the token that ends a text, for files that do not say it
   * @throws IOException if they cannot be written
   */
  default void saveFiles(Path modelDirectory, int endOfSequence) throws IOException {
    save(modelDirectory);
  }

  @Override
  void close();
}
