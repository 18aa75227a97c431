package io.github.coconut4j.curriculum;

import java.util.stream.IntStream;

/** A curriculum of the same length as another one, with a single stage. */
record ConstantStage(Curriculum length, int stage) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    return stage;
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return length.isOver(epoch, step);
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return length.totalSteps(updatesPerEpoch);
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    return updates < 1 || isOver(epoch, step) ? IntStream.empty() : IntStream.of(stage);
  }
}
