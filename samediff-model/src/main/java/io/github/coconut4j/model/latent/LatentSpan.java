package io.github.coconut4j.model.latent;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The range of the latents of a batch or sequence, which are consecutive.
 *
 * @param first time step of the first latent
 * @param count number of latents in the sequence with most latents; 0 if there are none
 */
record LatentSpan(int first, int count) {

  private static final LatentSpan NONE = new LatentSpan(0, 0);

  /**
   * Finds the span of a batch, from arrays [B, T].
   *
   * @throws IllegalArgumentException if sequences begin their latents at different time steps, a
   *     sequence's latents are interrupted, or there is no real position before a latent
   */
  static LatentSpan of(int sequences, int steps, int[] segments, boolean[] latent) {
    LatentSpan span = NONE;
    for (int b = 0; b < sequences; b++) {
      span = span.merge(ofSequence(b, steps, segments, latent), b);
    }
    return span;
  }

  private static LatentSpan ofSequence(int b, int steps, int[] segments, boolean[] latent) {
    int start = b * steps;
    int first = 0;
    while (first < steps && !latent[start + first]) {
      first++;
    }
    if (first == steps) {
      return NONE;
    }
    requirePredecessor(b, first, first > 0 && segments[start + first - 1] != 0);
    int end = first;
    while (end < steps && latent[start + end]) {
      requireReal(b, end, segments[start + end] != 0);
      requireFollows(b, end, segments[start + end], segments[start + end - 1]);
      end++;
    }
    for (int t = end; t < steps; t++) {
      if (latent[start + t]) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The latents of a sequence must follow one another, but sequence %d has one at time"
                    + " step %d after a word at time step %d. Put its latents in one place.",
                b,
                t,
                end));
      }
    }
    return new LatentSpan(first, end - first);
  }

  private static void requireReal(int b, int t, boolean isReal) {
    if (!isReal) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A latent must be a real position, but that of sequence %d at time step %d is padding."
                  + " Set its attention mask to 1.",
              b,
              t));
    }
  }

  private static void requireFollows(int b, int t, int segment, int before) {
    if (!Positions.follows(segment, before)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A latent must continue the position before it, but that of sequence %d at time step"
                  + " %d is of segment %d and the one before of %d. Put a token of its segment before"
                  + " it.",
              b,
              t,
              segment,
              before));
    }
  }

  private static void requirePredecessor(int b, int first, boolean hasPredecessor) {
    if (!hasPredecessor) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A latent's input is the hidden state before it, but sequence %d begins with a latent,"
                  + " at time step %d. Put a token, such as <|start-latent|>, before it.",
              b,
              first));
    }
  }

  private LatentSpan merge(LatentSpan other, int b) {
    if (other.count == 0 || count == 0) {
      return count == 0 ? other : this;
    }
    if (other.first != first) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The first latents of all sequences must stand at one time step, but sequence %d has its"
                  + " first at time step %d and an earlier one at time step %d. Pad the sequences on"
                  + " the left.",
              b,
              other.first,
              first));
    }
    return new LatentSpan(first, Math.max(count, other.count));
  }

  /**
   * The visits if latents are computed one after another: up to the first latent, each latent
   * except the last separately, the last with the rest.
   */
  List<Visit> visits(int steps) {
    if (count == 0) {
      return List.of(new Visit(0, steps));
    }
    List<Visit> visits = new ArrayList<>();
    visits.add(new Visit(0, first));
    for (int t = first; t < first + count - 1; t++) {
      visits.add(new Visit(t, t + 1));
    }
    visits.add(new Visit(first + count - 1, steps));
    return List.copyOf(visits);
  }

  /**
   * The visits if latents are refined in parallel: up to the last latent, then all latents again
   * for each iteration, the last time with the rest.
   *
   * @throws IllegalArgumentException if there is no iteration
   */
  List<Visit> refinements(int steps, int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "Latents must be refined at least once, or 0 times to be fed one after another, but the"
              + " iterations are "
              + iterations
              + ".");
    }
    if (count == 0) {
      return visits(steps);
    }
    List<Visit> visits = new ArrayList<>();
    visits.add(new Visit(0, first + count));
    visits.addAll(Collections.nCopies(iterations - 1, new Visit(first, first + count)));
    visits.add(new Visit(first, steps));
    return visits;
  }
}
