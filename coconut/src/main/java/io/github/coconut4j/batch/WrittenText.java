package io.github.coconut4j.batch;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * A text that grows token by token and ends before the first stop text. Streamed parts are never
 * revoked: the possible beginning of a stop text and incomplete characters are held back.
 */
final class WrittenText {

  /** Decoders write this for bytes of an incomplete character. */
  private static final char HALF = '\uFFFD';

  private final TextTokenizer tokenizer;
  private final List<String> stops;
  private int[] ids = new int[16];
  private int count;
  private String given = "";

  /** The text of all tokens; null until requested. */
  private String decoded;

  WrittenText(TextTokenizer tokenizer, List<String> stops) {
    this.tokenizer = tokenizer;
    this.stops = stops;
  }

  void add(int token) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = token;
    decoded = null;
  }

  /** All tokens so far. */
  int[] ids() {
    return Arrays.copyOf(ids, count);
  }

  private String decoded() {
    if (decoded == null) {
      decoded = tokenizer.decode(ids());
    }
    return decoded;
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
    return given(all.substring(0, Math.min(end, beginningOfStop(all))));
  }

  /** The rest of the text that was not streamed yet. */
  String rest() {
    return given(text());
  }

  private String given(String text) {
    if (!text.startsWith(given)) {
      return "";
    }
    String more = text.substring(given.length());
    given = text;
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
