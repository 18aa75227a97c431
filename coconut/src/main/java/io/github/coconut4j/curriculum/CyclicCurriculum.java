package io.github.coconut4j.curriculum;

import java.util.stream.IntStream;

/** Goes through all stages in order, several times. */
record CyclicCurriculum(StepCurriculum turns, int stages) implements Curriculum {

  CyclicCurriculum(StageCycles cycles) {
    this(new StepCurriculum(cycles.lengths()), cycles.getStageSteps().size());
  }

  @Override
  public int stage(int epoch, int step) {
    return turns.stage(epoch, step) % stages;
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return turns.isOver(epoch, step);
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return turns.totalSteps(updatesPerEpoch);
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    return turns.stages(epoch, step, updates, updatesPerEpoch).map(turn -> turn % stages);
  }
}
