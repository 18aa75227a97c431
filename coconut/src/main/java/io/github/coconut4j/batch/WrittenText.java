package io.github.coconut4j.batch;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * A text that grows token by token and ends before the first stop text. Streamed parts are never
 * revoked: the possible beginning of a stop text and incomplete characters are held back.
 *
 * <p>New tokens are decoded together with a few before them, since a token's text may depend on
 * those: a word's first token may have a space only inside a text.
 */
final class WrittenText {

  /** Decoders write this for bytes of an incomplete character. */
  private static final char HALF = '\uFFFD';

  private final TextTokenizer tokenizer;
  private final List<String> stops;
  private int[] ids = new int[16];
  private int count;

  /** Text of the first tokens, up to a complete character. */
  private final StringBuilder complete = new StringBuilder();

  /** Number of tokens whose text is in {@link #complete}. */
  private int completed;

  /** Index of the first token that is decoded together with new ones. */
  private int context;

  /** Text of the tokens after {@link #completed}, as far as they were decoded. */
  private String tail = "";

  /** Number of tokens that were decoded. */
  private int decoded;

  /** Number of characters that were streamed. */
  private int given;

  WrittenText(TextTokenizer tokenizer, List<String> stops) {
    this.tokenizer = tokenizer;
    this.stops = stops;
  }

  void add(int token) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = token;
  }

  /** All tokens so far. */
  int[] ids() {
    return Arrays.copyOf(ids, count);
  }

  private String decoded() {
    if (decoded < count) {
      String before = decode(completed);
      String all = decode(count);
      tail = all.substring(Math.min(before.length(), all.length()));
      decoded = count;
      if (!tail.isEmpty() && tail.charAt(tail.length() - 1) != HALF) {
        complete.append(tail);
        tail = "";
        context = completed;
        completed = count;
      }
    }
    return complete + tail;
  }

  private String decode(int end) {
    return tokenizer.decode(Arrays.copyOfRange(ids, context, end));
  }

  /** The whole text, cut before a stop. */
  String text() {
    String all = decoded();
    int end = stopIn(all);
    return end < 0 ? all : all.substring(0, end);
  }

  boolean isStopped() {
    return !stops.isEmpty() && stopIn(decoded()) >= 0;
  }

  private int stopIn(String text) {
    return stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
  }

  /** The text that can be streamed since the last call. */
  String more() {
    String all = decoded();
    int end = all.length();
    while (end > 0 && all.charAt(end - 1) == HALF) {
      end--;
    }
    String whole = all.substring(0, end);
    return given(whole.substring(0, beginningOfStop(whole)));
  }

  /** The rest of the text that was not streamed yet. */
  String rest() {
    return given(text());
  }

  private String given(String text) {
    String more = text.substring(Math.min(given, text.length()));
    given += more.length();
    return more;
  }

  /** Index from which the text's end may be the beginning of a stop text. */
  private int beginningOfStop(String text) {
    int end = text.length();
    for (String stop : stops) {
      for (int from = Math.max(0, text.length() - stop.length() + 1); from < end; from++) {
        if (stop.startsWith(text.substring(from))) {
          end = from;
        }
      }
    }
    return end;
  }
}
