package io.github.coconut4j.curriculum;

import java.util.List;

/** A list of updates a stage; the run is over after the last. */
record StepCurriculum(List<Integer> stageSteps) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    int end = 0;
    for (int stage = 0; stage < stageSteps.size(); stage++) {
      end += stageSteps.get(stage);
      if (step < end) {
        return stage;
      }
    }
    return stageSteps.size() - 1;
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return step >= totalSteps(0);
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return stageSteps.stream().mapToInt(Integer::intValue).reduce(0, Math::addExact);
  }
}
