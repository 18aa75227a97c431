package io.github.coconut4j.curriculum;

import io.github.coconut4j.config.TrainingConfig;

/** The stage of every moment of a run, and its end. Epochs, updates and stages count from 0. */
public interface Curriculum {

  /**
   * The stage that an update trains.
   *
   * @param epoch passes over the training problems that came before
   * @param step updates that came before
   */
  int stage(int epoch, int step);

  /** Whether the run is over before the update of that epoch and step. */
  boolean isOver(int epoch, int step);

  /**
   * Updates of the whole run.
   *
   * @param updatesPerEpoch updates in one pass over the training problems
   */
  int totalSteps(int updatesPerEpoch);

  /** The curriculum that a configuration asks for. */
  static Curriculum of(TrainingConfig config) {
    Curriculum stages =
        config.getStageSteps() == null
            ? new EpochCurriculum(
                config.getMethod().isStageAnEpoch() ? 1 : config.getEpochsPerStage(),
                config.getResume(),
                config.getNumEpochs())
            : config.getCycles() == null
                ? new StepCurriculum(config.getStageSteps())
                : new CyclicCurriculum(StageCycles.of(config));
    if (!config.getMethod().isStaged()) {
      stages = new ConstantStage(stages, 0);
    } else if (!config.isCurriculum()) {
      stages = new ConstantStage(stages, config.getMaxLatentStage() + 1);
    }
    return config.getMaxSteps() == null
        ? stages
        : new LimitedCurriculum(stages, config.getMaxSteps());
  }
}
