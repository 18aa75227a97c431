package io.github.coconut4j.curriculum;

import java.util.stream.IntStream;

/**
 * A new stage every {@code epochsPerStage} epochs: {@code stage = epoch / epochs_per_stage},
 * rounded down.
 */
record EpochCurriculum(int epochsPerStage, int skippedEpochs, int epochs) implements Curriculum {

  @Override
  public int stage(int epoch, int step) {
    return epoch / epochsPerStage;
  }

  @Override
  public Skip skipBeyond(int stage, int epoch, int step, int updatesPerEpoch) {
    long next = Math.max(epoch, Math.min(epochs, (stage + 1L) * epochsPerStage));
    int reached = updates(next, updatesPerEpoch); // also the rest of an epoch that was cut short
    return new Skip((int) next - epoch, Math.max(0, reached - step));
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return epoch >= epochs;
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    return updates(epochs, updatesPerEpoch);
  }

  /** Number of updates in the epochs before an epoch. */
  private int updates(long epoch, int updatesPerEpoch) {
    // Such a long run ends by max_steps.
    return (int) Math.min(Integer.MAX_VALUE, updatesBefore(epoch, updatesPerEpoch));
  }

  private long updatesBefore(long epoch, int updatesPerEpoch) {
    return (epoch - skippedEpochs) * updatesPerEpoch;
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    if (updates < 1 || isOver(epoch, step)) {
      return IntStream.empty();
    }
    long done = Math.max(0, step - updatesBefore(epoch, updatesPerEpoch)); // of this epoch
    long last = Math.min(epochs - 1L, epoch + (done + updates - 1) / updatesPerEpoch);
    return IntStream.rangeClosed(stage(epoch, step), stage((int) last, step));
  }
}
