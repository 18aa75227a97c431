package io.github.coconut4j.curriculum;

/** A new stage every so many epochs: {@code stage = epoch / epochs_per_stage}, rounded down. */
record EpochCurriculum(int epochsPerStage, int skippedEpochs, int epochs) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    return epoch / epochsPerStage;
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return epoch >= epochs;
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return Math.multiplyExact(epochs - skippedEpochs, updatesPerEpoch);
  }
}
