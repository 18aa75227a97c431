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
  public Skip skipBeyond(int stage, int epoch, int step) {
    long next = Math.min(epochs, (stage + 1L) * epochsPerStage);
    return new Skip((int) Math.max(0, next - epoch), 0);
  }

  @Override
  public boolean isOver(int epoch, int step) {
    return epoch >= epochs;
  }

  @Override
  public int totalSteps(int updatesPerEpoch) {
    long updates = (long) (epochs - skippedEpochs) * updatesPerEpoch;
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
