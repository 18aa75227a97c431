package io.github.coconut4j.config;

import io.github.coconut4j.method.ThoughtSettings;
import java.util.Locale;
import lombok.RequiredArgsConstructor;

/** Checks the stages of a configuration's curriculum, and how long each is. */
@RequiredArgsConstructor
final class CurriculumCheck {

  private final TrainingConfig config;

  void run() {
    NumberCheck.atLeast("c_thought", config.getCThought(), 0);
    NumberCheck.atLeast("epochs_per_stage", config.getEpochsPerStage(), 1);
    NumberCheck.atLeast("max_latent_stage", config.getMaxLatentStage(), 0);
    checkThoughts();
    NumberCheck.atLeast("icot_tokens_per_epoch", config.getIcotTokensPerEpoch(), 1);
    if (config.getIcotTokensPerEpoch() > ThoughtSettings.MOST_ICOT_TOKENS) {
      throw NumberCheck.outOfRange(
          "icot_tokens_per_epoch",
          "at most " + ThoughtSettings.MOST_ICOT_TOKENS,
          config.getIcotTokensPerEpoch());
    }
    if (config.getUniformProb() > 1 || !(config.getUniformProb() >= 0)) {
      throw ConfigException.of(
          "uniform_prob", "a probability from 0 to 1", config.getUniformProb(), "Change it.");
    }
    if (config.getStageSteps() != null) {
      checkStageSteps();
    }
    if (config.getCycles() != null) {
      checkCycles();
    }
  }

  private void checkThoughts() {
    int most = ThoughtSettings.MOST_THOUGHTS;
    if (config.getMaxLatentStage() > most) {
      throw NumberCheck.outOfRange(
          "max_latent_stage", "at most " + most, config.getMaxLatentStage());
    }
    if ((long) config.getCThought() * Math.max(1, config.getMaxLatentStage()) > most) {
      throw NumberCheck.outOfRange(
          "c_thought",
          String.format(
              Locale.ROOT,
              "at most %d thoughts in all, with `max_latent_stage` %d,",
              most,
              config.getMaxLatentStage()),
          config.getCThought());
    }
  }

  private void checkStageSteps() {
    boolean counts =
        config.getStageSteps().stream().allMatch(updates -> updates != null && updates >= 1);
    if (config.getStageSteps().isEmpty() || !counts) {
      throw ConfigException.of(
          "stage_steps",
          "a list of numbers of updates, each at least 1,",
          config.getStageSteps(),
          "Remove the key to use `epochs_per_stage`.");
    }
  }

  private void checkCycles() {
    if (config.getStageSteps() == null) {
      throw new ConfigException(
          "`cycles` are shares of `stage_steps`, which is missing. Set it, or remove `cycles`.");
    }
    double previous = 0;
    for (Double share : config.getCycles()) {
      if (share == null || !(share > previous)) {
        throw invalidCycles();
      }
      previous = share;
    }
    if (previous != 1) {
      throw invalidCycles();
    }
    requireUpdatesInEachCycle();
  }

  private void requireUpdatesInEachCycle() {
    long done = 0;
    for (double share : config.getCycles()) {
      long end = config.getStageSteps().stream().mapToLong(n -> Math.round(share * n)).sum();
      if (end <= done) {
        throw ConfigException.of(
            "cycles",
            "at least one update a cycle of the `stage_steps` " + config.getStageSteps(),
            config.getCycles(),
            "Use fewer or larger shares, or more updates.");
      }
      done = end;
    }
  }

  private ConfigException invalidCycles() {
    return ConfigException.of(
        "cycles",
        "a list of shares above 0 that rise to 1",
        config.getCycles(),
        "Write, say, `cycles: [0.1, 0.3, 1]`.");
  }
}
