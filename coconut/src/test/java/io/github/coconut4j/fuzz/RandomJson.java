package io.github.coconut4j.fuzz;

import java.util.List;
import java.util.SplittableRandom;

/** JSON of any shape that uses a format's own keys, and valid text with random edits. */
final class RandomJson {

  private static final List<String> SCALARS =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "3",
          "0.5",
          "1e400",
          "2147483647",
          "9223372036854775807",
          "99999999999999999999",
          "\"\"",
          "\" \"",
          "\"text\"",
          "\"\\ud800\"",
          "\"\\u0000\"",
          "\"gpt2\"",
          "\"WordLevel\"",
          "\"BPE\"",
          "\"Split\"",
          "\"coconut\"");

  private static final List<String> EDITS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "null",
          "-1",
          "1e9",
          "\\",
          "\u00e9",
          "[[[[",
          "{}",
          "",
          "2147483647",
          "\"type\":",
          "\u0000");

  private final SplittableRandom random;
  private final List<String> keys;

  RandomJson(long seed, List<String> keys) {
    this.random = new SplittableRandom(seed);
    this.keys = keys;
  }

  /** A value of any shape. */
  String value() {
    return value(5);
  }

  private String value(int depth) {
    int kind = random.nextInt(depth == 0 ? 1 : 4);
    if (kind < 2) {
      return pick(SCALARS);
    }
    StringBuilder json = new StringBuilder(kind == 2 ? "[" : "{");
    for (int i = random.nextInt(5); i > 0; i--) {
      json.append(kind == 2 ? "" : "\"" + pick(keys) + "\":").append(value(depth - 1));
      json.append(i > 1 ? "," : "");
    }
    return json.append(kind == 2 ? "]" : "}").toString();
  }

  /** The text after one to four edits. */
  String edited(String text) {
    StringBuilder edited = new StringBuilder(text);
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      int begin = random.nextInt(edited.length() + 1);
      int end = Math.min(edited.length(), begin + random.nextInt(5));
      edited.replace(begin, end, random.nextInt(4) == 0 ? value(2) : pick(EDITS));
    }
    return edited.toString();
  }

  private String pick(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }
}
