package io.github.coconut4j.train;

import java.util.random.RandomGenerator;
import lombok.RequiredArgsConstructor;

/**
 * Draws the stage of one problem: with probability {@code uniform_prob} uniformly from 0 to its
 * number of steps, otherwise the scheduled one. Source: arXiv 2412.06769, section 5.
 */
@RequiredArgsConstructor
final class StageSampler {

  private final double uniformProb;

  int stage(int scheduled, int steps, RandomGenerator random) {
    return uniformProb > 0 && random.nextDouble() < uniformProb
        ? random.nextInt(steps + 1)
        : scheduled;
  }
}
