package io.github.coconut4j.generate;

import java.util.stream.IntStream;

/** The tokens written after one prompt. */
final class GeneratedRow {

  private final int number;
  private final int[] tokens;
  private int length;

  GeneratedRow(int number, int room) {
    this.number = number;
    this.tokens = new int[room];
  }

  int number() {
    return number;
  }

  void add(int token) {
    tokens[length++] = token;
  }

  int last() {
    return tokens[length - 1];
  }

  boolean isFull() {
    return length == tokens.length;
  }

  int[] tokens() {
    return IntStream.of(tokens).limit(length).toArray();
  }
}
