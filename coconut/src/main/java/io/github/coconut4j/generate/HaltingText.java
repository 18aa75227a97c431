package io.github.coconut4j.generate;

import java.util.stream.IntStream;
import lombok.Getter;
import lombok.experimental.Accessors;

/** One prompt's thoughts and text, position by position. */
@Accessors(fluent = true)
final class HaltingText {

  /** What a position is. */
  private enum Kind {
    LATENT,
    MARKER,
    TOKEN
  }

  /** Number of the prompt. */
  @Getter private final int prompt;

  /** Latents at most. */
  private final int most;

  /** Tokens that may be written still. */
  private int room;

  /** Latents so far. */
  @Getter private int thoughts;

  /** Whether the marker is tried after each latent. */
  private final boolean byMarker;

  /** What is appended next. */
  private Kind next;

  private int token;
  private final IntStream.Builder text = IntStream.builder();
  @Getter private boolean isComplete;

  HaltingText(int prompt, int most, int room, boolean byMarker) {
    this.prompt = prompt;
    this.most = most;
    this.room = room;
    this.byMarker = byMarker;
    next = most > 0 ? Kind.LATENT : Kind.MARKER;
  }

  boolean nextIsLatent() {
    return next == Kind.LATENT;
  }

  /** Whether the marker comes next, and may be taken back. */
  boolean triesMarker() {
    return byMarker && next == Kind.MARKER && thoughts < most;
  }

  /** Whether another latent would come next, which is not the first. */
  boolean mayEndThinking() {
    return next == Kind.LATENT && thoughts > 0;
  }

  /** Lets the marker come next, for good. */
  void endThinking() {
    next = Kind.MARKER;
  }

  /** The token that comes next; without meaning where a latent does. */
  int nextToken(int endLatent) {
    return next == Kind.TOKEN ? token : endLatent;
  }

  /**
   * Goes on from what was appended.
   *
   * @param logits of the next token; not looked at after a latent
   * @return whether it was the marker, and has to be taken back
   */
  boolean appended(float[] logits, double threshold, Generator generator) {
    if (next == Kind.LATENT) {
      thoughts++;
      next = byMarker || thoughts == most ? Kind.MARKER : Kind.LATENT;
      return false;
    }
    if (triesMarker() && largestProbability(logits) < threshold) {
      next = Kind.LATENT;
      return true;
    }
    token = generator.next(logits, prompt);
    room--;
    isComplete = generator.isLast(token, prompt, text, room == 0);
    next = Kind.TOKEN;
    return false;
  }

  /** Of softmax: 1 / Σ exp(logit - the largest). */
  private static double largestProbability(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return 1 / sum;
  }

  int[] tokens() {
    return text.build().toArray();
  }
}
