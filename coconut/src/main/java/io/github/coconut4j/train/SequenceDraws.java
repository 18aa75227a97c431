package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import java.util.random.RandomGenerator;
import lombok.Getter;

/**
 * What is drawn for a training sequence beside its names. A key that is off draws nothing, so that
 * what others draw does not depend on it.
 */
final class SequenceDraws {

  /** Probability that a problem's stage is any (arXiv 2412.06769, section 5). */
  private final double uniformProb;

  /** Probability that it is an earlier one. */
  private final double replay;

  /** The first stage whose sequences are those of all later ones, too. */
  private final int lastStage;

  /** Latents beyond the stage's, at most. */
  @Getter private final int mostSlack;

  /** Position of the first token, at most. */
  @Getter private final int mostOffset;

  SequenceDraws(TrainingConfig config) {
    uniformProb = config.thoughtSettings().isStaged() ? config.getUniformProb() : 0;
    replay = config.getDepthReplay();
    lastStage = config.getMaxLatentStage() + 1;
    mostSlack = config.getLatentSlack();
    mostOffset = config.getPositionOffset();
  }

  /**
   * The scheduled stage, or with {@code uniform_prob} any up to the problem's number of steps, or
   * else with {@code depth_replay} one before it.
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

  /** Latents beyond the stage's. */
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
