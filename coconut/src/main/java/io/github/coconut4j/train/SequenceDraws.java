package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import java.util.random.RandomGenerator;
import lombok.Getter;

/**
 * The random values of a training sequence, other than its names. A key that is off uses no random
 * numbers, so that the values of other keys do not depend on it.
 */
final class SequenceDraws {

  /** Probability that a problem's stage is sampled uniformly (arXiv 2412.06769, section 5). */
  private final double uniformProb;

  /** Probability that it is sampled from the earlier ones. */
  private final double replay;

  /** The first stage with the same sequences as all later ones. */
  private final int lastStage;

  /** Largest number of latents beyond the stage's. */
  @Getter private final int mostSlack;

  /** Largest position of the first token. */
  @Getter private final int mostOffset;

  SequenceDraws(TrainingConfig config) {
    uniformProb = config.thoughtSettings().isStaged() ? config.getUniformProb() : 0;
    replay = config.getDepthReplay();
    lastStage = config.getMaxLatentStage() + 1;
    mostSlack = config.getLatentSlack();
    mostOffset = config.getPositionOffset();
  }

  /**
   * The scheduled stage; with {@code uniform_prob} any stage up to the problem's number of steps;
   * with {@code depth_replay} an earlier one.
   */
  int stage(int scheduled, int steps, RandomGenerator random) {
    if (uniformProb > 0 && random.nextDouble() < uniformProb) {
      return random.nextInt(steps + 1);
    }
    int earlier = Math.min(scheduled, lastStage);
    return replay > 0 && earlier > 0 && random.nextDouble() < replay
        ? random.nextInt(earlier)
        : scheduled;
  }

  /** Number of latents beyond the stage's. */
  int slack(RandomGenerator random) {
    return upTo(mostSlack, random);
  }

  /** Position of the first token. */
  int offset(RandomGenerator random) {
    return upTo(mostOffset, random);
  }

  private static int upTo(int most, RandomGenerator random) {
    return most == 0 ? 0 : (int) random.nextLong(most + 1L);
  }
}
