package io.github.coconut4j.curriculum;

import io.github.coconut4j.config.TrainingConfig;
import java.util.stream.IntStream;

/** The stage of every moment of a run, and its end. Epochs, updates and stages count from 0. */
public interface Curriculum {

  /**
   * The stage that an update trains.
   *
   * @param epoch epochs that came before
   * @param step updates that came before
   */
  int stage(int epoch, int step);

  /** Whether the run is over before the update of that epoch and step. */
  boolean isOver(int epoch, int step);

  /**
   * Updates of the whole run.
   *
   * @param updatesPerEpoch updates in one epoch
   */
  int totalSteps(int updatesPerEpoch);

  /**
   * The stages of the updates that follow, in order; one may come again.
   *
   * @param epoch epochs that came before
   * @param step updates that came before
   * @param updates number of updates looked at, at least 0; fewer where the run ends
   * @param updatesPerEpoch updates in one epoch, at least 1
   */
  IntStream stages(int epoch, int step, int updates, int updatesPerEpoch);

  /**
   * What is left out of a schedule.
   *
   * @param epochs number of epochs, at least 0
   * @param steps number of updates, at least 0
   */
  record Skip(int epochs, int steps) {

    static final Skip NOTHING = new Skip(0, 0);
  }

  /**
   * What has to be left out so that a later stage comes next; nothing where one does.
   *
   * @param stage stage that is to be over
   * @param epoch epochs that came before
   * @param step updates that came before
   */
  default Skip skipBeyond(int stage, int epoch, int step) {
    return Skip.NOTHING;
  }

  /** The curriculum that a configuration asks for. */
  static Curriculum of(TrainingConfig config) {
    Curriculum stages =
        config.getStageSteps() == null
            ? byEpochs(config)
            : config.getCycles() == null
                ? new StepCurriculum(config.getStageSteps())
                : new CyclicCurriculum(StageCycles.of(config));
    stages = inStagesOf(config, stages);
    return config.getMaxSteps() == null
        ? stages
        : new LimitedCurriculum(stages, config.getMaxSteps());
  }

  /** The stage of an epoch by {@code epochs_per_stage}, whatever {@code stage_steps} say. */
  static int stageOfEpoch(TrainingConfig config, int epoch) {
    return inStagesOf(config, byEpochs(config)).stage(epoch, 0);
  }

  private static Curriculum byEpochs(TrainingConfig config) {
    return new EpochCurriculum(
        config.getMethod().isStageAnEpoch() ? 1 : config.getEpochsPerStage(),
        config.firstEpoch(),
        config.getNumEpochs());
  }

  private static Curriculum inStagesOf(TrainingConfig config, Curriculum stages) {
    if (!config.thoughtSettings().isStaged()) {
      return new ConstantStage(stages, 0);
    }
    return config.isCurriculum()
        ? stages
        : new ConstantStage(stages, config.getMaxLatentStage() + 1);
  }
}
