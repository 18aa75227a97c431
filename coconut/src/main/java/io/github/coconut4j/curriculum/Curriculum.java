package io.github.coconut4j.curriculum;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.internal.Arguments;
import java.util.stream.IntStream;

/**
 * Determines the stage of each update of a run, and the run's end. Epochs, updates and stages count
 * from 0.
 */
public interface Curriculum {

  /**
   * The stage that an update trains.
   *
   * @param epoch number of epochs before it
   * @param step number of updates before it
   */
  int stage(int epoch, int step);

  /** Whether the run ends before the update of that epoch and step. */
  boolean isOver(int epoch, int step);

  /**
   * Number of updates of the whole run.
   *
   * @param updatesPerEpoch number of updates in one epoch
   */
  int totalSteps(int updatesPerEpoch);

  /**
   * The stages of the following updates, in order; a stage may occur again.
   *
   * @param epoch number of epochs before them
   * @param step number of updates before them
   * @param updates number of updates to consider, at least 0; fewer if the run ends
   * @param updatesPerEpoch updates in one epoch, at least 1
   */
  IntStream stages(int epoch, int step, int updates, int updatesPerEpoch);

  /**
   * The part of a schedule to skip.
   *
   * @param epochs number of epochs, at least 0
   * @param steps number of updates, at least 0
   */
  record Skip(int epochs, int steps) {

    static final Skip NOTHING = new Skip(0, 0);
  }

  /**
   * The part to skip so that a later stage comes next; nothing if a later stage already does.
   *
   * @param stage the stage to leave
   * @param epoch number of epochs so far
   * @param step number of updates so far
   * @param updatesPerEpoch number of updates in one epoch
   */
  default Skip skipBeyond(int stage, int epoch, int step, int updatesPerEpoch) {
    return Skip.NOTHING;
  }

  /** The curriculum of a configuration. */
  static Curriculum of(TrainingConfig config) {
    Arguments.requireNonNull(config, "config", "Build a TrainingConfig.");
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

  /** The stage of an epoch by {@code epochs_per_stage}, ignoring {@code stage_steps}. */
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
