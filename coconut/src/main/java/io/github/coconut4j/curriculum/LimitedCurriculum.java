package io.github.coconut4j.curriculum;

import java.util.stream.IntStream;

/** A curriculum like another one that ends after {@code max_steps} updates at the latest. */
record LimitedCurriculum(Curriculum stages, int maxSteps) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    return stages.stage(epoch, step);
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return step >= maxSteps || stages.isOver(epoch, step);
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return Math.min(maxSteps, stages.totalSteps(updatesPerEpoch));
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    int left = Math.max(0, maxSteps - step);
    return stages.stages(epoch, step, Math.min(left, updates), updatesPerEpoch);
  }
}
