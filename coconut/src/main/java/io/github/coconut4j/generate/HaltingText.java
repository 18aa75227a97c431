package io.github.coconut4j.generate;

import java.util.stream.IntStream;
import lombok.Getter;
import lombok.experimental.Accessors;

/** The thoughts and text of one prompt, position by position. */
@Accessors(fluent = true)
final class HaltingText {

  /** The kind of a position. */
  private enum Kind {
    LATENT,
    MARKER,
    TOKEN
  }

  /** Index of the prompt. */
  @Getter private final int prompt;

  /** Largest number of latents. */
  private final int most;

  /** Number of tokens that may still be generated. */
  private int room;

  /** Number of latents so far. */
  @Getter private int thoughts;

  /** Whether the marker is tried after each latent. */
  private final boolean byMarker;

  /** Kind of the next position. */
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

  /** Whether the marker comes next and may be removed again. */
  boolean triesMarker() {
    return byMarker && next == Kind.MARKER && thoughts < most;
  }

  /** Whether another latent would come next that is not the first. */
  boolean mayEndThinking() {
    return next == Kind.LATENT && thoughts > 0;
  }

  /** Makes the marker the next position, permanently. */
  void endThinking() {
    next = Kind.MARKER;
  }

  /** The next token; meaningless if a latent comes next. */
  int nextToken(int endLatent) {
    return next == Kind.TOKEN ? token : endLatent;
  }

  /**
   * Updates the state after a position was appended.
   *
   * @param logits of the next token; ignored after a latent
   * @return whether it was the marker and has to be removed again
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

  /**
   * Largest probability of the softmax: 1 / Σ exp(logit - largest logit). It is below 1, so that no
   * thoughts end by a threshold of 1.
   */
  private static double largestProbability(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return Math.min(1 / sum, Math.nextDown(1.0)); // not rounded to 1
  }

  int[] tokens() {
    return text.build().toArray();
  }
}
