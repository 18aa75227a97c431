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
    long updates = (epoch - skippedEpochs) * updatesPerEpoch;
    return (int) Math.min(Integer.MAX_VALUE, updates); // such a long run ends by max_steps
  }

  @Override
  public IntStream stages(int epoch, int step, int updates, int updatesPerEpoch) {
    long last = Math.min(epochs - 1L, epoch + Math.floorDiv(updates - 1L, updatesPerEpoch));
    return last < epoch
        ? IntStream.empty()
        : IntStream.rangeClosed(stage(epoch, step), stage((int) last, step));
  }
}
