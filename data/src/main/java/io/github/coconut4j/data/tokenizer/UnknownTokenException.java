package io.github.coconut4j.data.tokenizer;

import io.github.coconut4j.data.Utf8Text;

/** Thrown if a part of a text, a token or an id is outside the vocabulary; the message names it. */
public class UnknownTokenException extends IllegalArgumentException {

  private UnknownTokenException(String message) {
    super(message);
  }

  static UnknownTokenException ofPiece(String piece, String text) {
    return new UnknownTokenException(
        "The text must consist of pieces of the tokenizer's vocabulary, found '"
            + escaped(piece)
            + "' in '"
            + escaped(abbreviated(text, piece))
            + "'; use the names and sentences the tokenizer was made for, or another tokenizer");
  }

  static UnknownTokenException ofToken(String token) {
    return new UnknownTokenException(
        "The tokenizer's vocabulary must have the token '"
            + escaped(token)
            + "', found none; add it to tokenizer.json or choose a method that does without it");
  }

  static UnknownTokenException ofId(int id, int vocabularySize) {
    return new UnknownTokenException(
        "A token id must be one of the vocabulary's, below "
            + vocabularySize
            + ", found "
            + id
            + "; use the tokenizer.json that belongs to the model");
  }

  private static String abbreviated(String text, String piece) {
    int from = Math.max(0, text.indexOf(piece) - 30);
    int to = Math.min(text.length(), text.indexOf(piece) + piece.length() + 30);
    from += from > 0 && Character.isLowSurrogate(text.charAt(from)) ? 1 : 0; // no half characters
    to -= to < text.length() && Character.isLowSurrogate(text.charAt(to)) ? 1 : 0;
    return (from > 0 ? "…" : "") + text.substring(from, to) + (to < text.length() ? "…" : "");
  }

  private static String escaped(String text) {
    return Utf8Text.abbreviated(text, 200).replace("\n", "\\n");
  }
}
