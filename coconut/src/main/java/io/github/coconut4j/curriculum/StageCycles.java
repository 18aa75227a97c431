package io.github.coconut4j.curriculum;

import io.github.coconut4j.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import lombok.Value;

/**
 * Repeats a curriculum several times, each time with more updates per stage. After cycle k, a stage
 * of n updates has had {@code shares[k] * n} of them, rounded, so that all cycles together have as
 * many updates as the curriculum run once.
 *
 * <p>Earlier cycles do not depend on later ones: a run that stops at the end of a cycle equals the
 * beginning of the whole run, and is comparable with others that stopped there.
 */
@Value
public class StageCycles {

  /** Number of updates of each stage in all cycles together. */
  List<Integer> stageSteps;

  /** Shares of those updates that are done after each cycle, ascending to 1. */
  List<Double> shares;

  /**
   * The cycles of a configuration.
   *
   * @param config a configuration with {@code stage_steps}; without {@code cycles} there is one
   *     cycle
   */
  public static StageCycles of(TrainingConfig config) {
    List<Double> shares = config.getCycles() == null ? List.of(1.0) : config.getCycles();
    return new StageCycles(config.getStageSteps(), shares);
  }

  /** Number of updates of each stage of each cycle, in order. */
  List<Integer> lengths() {
    List<Integer> lengths = new ArrayList<>();
    for (int cycle = 0; cycle < shares.size(); cycle++) {
      for (int updates : stageSteps) {
        lengths.add(done(updates, cycle) - done(updates, cycle - 1));
      }
    }
    return lengths;
  }

  /** Number of updates done at the end of each cycle. */
  public List<Integer> ends() {
    List<Integer> ends = new ArrayList<>();
    for (int cycle = 0; cycle < shares.size(); cycle++) {
      long end = 0;
      for (int updates : stageSteps) {
        end += done(updates, cycle);
      }
      ends.add((int) Math.min(Integer.MAX_VALUE, end)); // such a long run ends by max_steps
    }
    return ends;
  }

  private int done(int updates, int cycle) {
    return cycle < 0 ? 0 : Math.toIntExact(Math.round(shares.get(cycle) * updates));
  }
}
