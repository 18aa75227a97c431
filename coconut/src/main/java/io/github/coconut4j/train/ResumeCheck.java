package io.github.coconut4j.train;

import io.github.coconut4j.config.ChangedKeys;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import java.util.Objects;

/** Rejects a resume if the run's configuration or problems have changed. */
final class ResumeCheck {

  private ResumeCheck() {}

  /**
   * Rejects a checkpoint of another run.
   *
   * @param run the common part of the manifests of the run's checkpoints
   * @param force whether the problems may have changed since
   * @throws ConfigException if the run cannot be continued
   */
  static void requireSameRun(
      CheckpointManifest saved, CheckpointManifest run, TrainingConfig config, boolean force) {
    configuration(saved.getConfiguration(), config);
    component("updater", saved.getUpdater(), run.getUpdater());
    component("schedule", saved.getSchedule(), run.getSchedule());
    component("objective", saved.getObjective(), run.getObjective());
    if (!force) {
      problems(saved.getProblems(), run.getProblems());
    }
    tokenizer(saved.getTokenizer(), run.getTokenizer());
    frozen(saved.getFrozen(), run.getFrozen());
  }

  /** Keys that a checkpoint of an older version lacks have their default. */
  static void configuration(String saved, TrainingConfig config) {
    TrainingConfig before = ConfigFile.parse("checkpoint", saved).toTrainingConfig();
    String changed = ChangedKeys.inWords(before, config);
    if (!changed.isEmpty()) {
      throw new ConfigException(
          "A run continues only with the configuration it began with, but "
              + changed
              + ". Change it back, or begin another run with --out.");
    }
  }

  /**
   * Another updater would misinterpret the saved arrays.
   *
   * @param part the component, as users call it
   * @param saved description of the component that the run began with, null for the configuration's
   */
  static void component(String part, String saved, String now) {
    if (!Objects.equals(saved, now)) {
      throw new ConfigException(
          "A run continues only with the %s it began with, but it was %s and is now %s. Give the builder of TrainingRun the same again, or begin another run with another directory."
              .formatted(part, inWords(saved), inWords(now)));
    }
  }

  private static String inWords(String component) {
    return component == null ? "the configuration's" : component;
  }

  static void problems(String saved, String now) {
    if (!now.equals(saved)) {
      throw new ConfigException(
          "A run continues only with the problems it began with, but the data files changed since"
              + " the checkpoint. Restore them, or continue nevertheless with --force.");
    }
  }

  /** A checkpoint has only trained parameters, which are valid only with the same frozen ones. */
  static void frozen(String saved, String now) {
    if (!Objects.equals(saved, now)) {
      throw new ConfigException(
          "A run continues only with the frozen parameters it began with, but those of the start"
              + " model changed since the checkpoint. Restore the model that `model_id` or"
              + " `load_model_path` names, or begin another run with --out.");
    }
  }

  /**
   * Other ids for the same words would give every word another word's embedding.
   *
   * @param saved null if the checkpoint has no checksum of the tokenizer
   */
  static void tokenizer(String saved, String now) {
    if (saved != null && !now.equals(saved)) {
      throw new ConfigException(
          "A run continues only with the tokenizer it began with, but its vocabulary changed since"
              + " the checkpoint, as that of `model_id: scratch` does with the words of the"
              + " problems. Restore them, or begin another run with --out.");
    }
  }
}
