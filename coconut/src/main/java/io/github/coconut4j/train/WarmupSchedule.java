package io.github.coconut4j.train;

import io.github.coconut4j.config.LrSchedule;
import lombok.Builder;
import lombok.Value;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A learning rate that rises linearly over the first updates and then follows its shape until the
 * end of the run.
 */
@Value
@Builder
class WarmupSchedule implements ISchedule {

  private static final long serialVersionUID = 1L;

  /** Largest learning rate, at least 0. */
  double peak;

  /** Number of updates of the rise, at least 0. */
  int warmupSteps;

  /** Number of updates of the whole run, at least 1. */
  int totalSteps;

  /** Shape after the rise. */
  LrSchedule shape;

  /**
   * The learning rate of an update.
   *
   * @param iteration number of updates before it
   * @param epoch not used
   */
  @Override
  public double valueAt(int iteration, int epoch) {
    if (iteration < warmupSteps) {
      return peak * (iteration + 1) / warmupSteps;
    }
    double decaying = Math.max(1, totalSteps - warmupSteps);
    double progress = Math.min(1, (iteration - warmupSteps) / decaying);
    return switch (shape) {
      case CONSTANT -> peak;
      case LINEAR -> peak * (1 - progress);
      case COSINE -> peak * 0.5 * (1 + Math.cos(Math.PI * progress));
    };
  }

  @Override
  public ISchedule clone() {
    return this;
  }
}
