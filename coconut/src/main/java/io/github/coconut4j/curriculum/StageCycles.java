package io.github.coconut4j.curriculum;

import io.github.coconut4j.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import lombok.Value;

/**
 * A curriculum gone through several times, each time with more updates a stage. After cycle k, a
 * stage of n updates has had {@code shares[k] * n} of them, rounded, so that all cycles together
 * are as long as the curriculum gone through once.
 *
 * <p>What comes first does not depend on what follows: a run that stops at the end of a cycle is
 * the beginning of the whole one, and is comparable with others that stopped there.
 */
@Value
public class StageCycles {

  /** Updates of each stage in all cycles together. */
  List<Integer> stageSteps;

  /** Shares of those updates done after each cycle, rising to 1. */
  List<Double> shares;

  /**
   * The cycles of a configuration.
   *
   * @param config with {@code stage_steps}; without {@code cycles} it has one
   */
  public static StageCycles of(TrainingConfig config) {
    List<Double> shares = config.getCycles() == null ? List.of(1.0) : config.getCycles();
    return new StageCycles(config.getStageSteps(), shares);
  }

  /** Updates of each stage of each cycle, in order. */
  List<Integer> lengths() {
    List<Integer> lengths = new ArrayList<>();
    for (int cycle = 0; cycle < shares.size(); cycle++) {
      for (int updates : stageSteps) {
        lengths.add(done(updates, cycle) - done(updates, cycle - 1));
      }
    }
    return lengths;
  }

  /** Updates done when each cycle ends. */
  public List<Integer> ends() {
    List<Integer> ends = new ArrayList<>();
    for (int cycle = 0; cycle < shares.size(); cycle++) {
      long end = 0;
      for (int updates : stageSteps) {
        end += done(updates, cycle);
      }
      ends.add((int) Math.min(Integer.MAX_VALUE, end)); // a run of so many ends by max_steps
    }
    return ends;
  }

  private int done(int updates, int cycle) {
    return cycle < 0 ? 0 : Math.toIntExact(Math.round(shares.get(cycle) * updates));
  }
}
