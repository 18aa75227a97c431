package io.github.coconut4j.curriculum;

import java.util.List;
import java.util.stream.IntStream;

/** A number of updates for each stage; the run ends after the last stage. */
record StepCurriculum(List<Integer> stageSteps) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    long end = 0;
    for (int stage = 0; stage < stageSteps.size(); stage++) {
      end += stageSteps.get(stage);
      if (step < end) {
        return stage;
      }
    }
    return stageSteps.size() - 1;
  }

  @Override
  public Skip skipBeyond(int stage, int epoch, int step, int updatesPerEpoch) {
    long next = stageSteps.stream().limit(stage + 1L).mapToLong(Integer::longValue).sum();
    return new Skip(0, (int) Math.max(0, Math.min(totalSteps(0), next) - step));
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return step >= totalSteps(0);
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    long updates = stageSteps.stream().mapToLong(Integer::longValue).sum();
    return (int) Math.min(Integer.MAX_VALUE, updates); // such a long run ends by max_steps
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    long end = Math.min(totalSteps(updatesPerEpoch), (long) step + updates);
    return end <= step
        ? IntStream.empty()
        : IntStream.rangeClosed(stage(epoch, step), stage(epoch, (int) end - 1))
            .filter(stage -> stageSteps.get(stage) > 0); // a short cycle may skip a stage
  }
}
