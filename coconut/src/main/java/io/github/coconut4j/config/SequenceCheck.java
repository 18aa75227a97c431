package io.github.coconut4j.config;

import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.Initialization.Positions;
import lombok.RequiredArgsConstructor;

/** Rejects settings by which training sequences cannot be sampled. */
@RequiredArgsConstructor
final class SequenceCheck {

  private final TrainingConfig config;

  /**
   * @throws ConfigException naming the key
   */
  void run() {
    checkCurriculum();
    checkSlack();
    checkBackprop();
    checkOffset();
    checkGate();
    checkReplay();
    checkHalt();
  }

  private void checkSlack() {
    int slack = config.getLatentSlack();
    between("latent_slack", "latents", slack, ThoughtSettings.MOST_THOUGHTS);
    if (slack > 0 && !config.thoughtSettings().hasStagedLatents()) {
      throw withoutMethod("latent_slack", "a method whose latents replace steps", slack);
    }
  }

  private void checkBackprop() {
    Integer latents = config.getLatentBackprop();
    if (latents == null) {
      return;
    }
    between("latent_backprop", "latents", latents, ThoughtSettings.MOST_THOUGHTS);
    if (!config.getMethod().hasLatents()) {
      throw withoutMethod("latent_backprop", "a method with latents", latents);
    }
    if (config.thoughtSettings().getLatentIterations() > 0) {
      throw ConfigException.of(
          "latent_backprop",
          "latents that are fed one after another, `latents: sequential`,",
          latents + " with latents that are refined together",
          "Leave one of the two out.");
    }
  }

  private void checkOffset() {
    int offset = config.getPositionOffset();
    between("position_offset", "positions", offset, Integer.MAX_VALUE);
    if (offset > 0
        && config.isFromScratch()
        && config.getLoadModelPath() == null
        && config.getPositionEmbedding() == Positions.NONE) {
      throw ConfigException.of(
          "position_offset",
          "a model that knows positions",
          offset + " with `position_embedding: none`",
          "Leave it out, or set another `position_embedding`.");
    }
  }

  private void checkGate() {
    Double gate = config.getDepthGate();
    if (gate == null) {
      return;
    }
    if (!(gate > 0 && gate <= 1)) {
      throw ConfigException.of(
          "depth_gate",
          "an accuracy above 0 and at most 1",
          gate,
          "Write 0.9 to move on once nine of ten answers are right, or leave it out.");
    }
    requireDepths("depth_gate", gate);
    if (!config.isCurriculum()) {
      throw contradiction("depth_gate", "a curriculum", gate + " with `curriculum: false`");
    }
    if (config.getCycles() != null) {
      throw contradiction("depth_gate", "one way through the stages", gate + " with `cycles`");
    }
    if (config.getValPath() == null) {
      throw ConfigException.of(
          "depth_gate",
          "problems to evaluate on, `val_path`,",
          gate + " without any",
          "Set `val_path`, or leave the gate out.");
    }
  }

  private void checkReplay() {
    double replay = config.getDepthReplay();
    if (!(replay >= 0 && replay < 1)) {
      throw ConfigException.of(
          "depth_replay",
          "a share of at least 0 and below 1",
          replay,
          "Write 0.2 to draw a fifth of the sequences from earlier stages.");
    }
    if (replay > 0) {
      requireDepths("depth_replay", replay);
    }
  }

  private void checkHalt() {
    Halt halt = config.getHalt();
    if (halt == null) {
      throw new ConfigException("`halt` is missing. Set it to fixed, confidence or learned.");
    }
    checkHaltThreshold(halt);
    if (halt == Halt.FIXED) {
      return;
    }
    if (!config.getMethod().hasLatents()) {
      throw withoutMethod("halt", "a method with latents", halt.key());
    }
    if (halt == Halt.LEARNED && config.isOnlyEval()) {
      throw ConfigException.of(
          "halt",
          "a run that trains, to be learned at its end,",
          "learned with `only_eval: true`",
          "Leave it out; `evaluate --halt learned` asks a model that has learned it.");
    }
    if (config.thoughtSettings().getLatentIterations() > 0) {
      throw ConfigException.of(
          "halt",
          "latents that are fed one after another, `latents: sequential`,",
          halt.key() + " with latents that are refined together",
          "Leave one of the two out.");
    }
  }

  private void checkHaltThreshold(Halt halt) {
    Double threshold = config.getHaltThreshold();
    if (threshold != null && !(threshold > 0 && threshold <= 1)) {
      throw ConfigException.of(
          "halt_threshold",
          "a probability above 0 and at most 1",
          threshold,
          "Write 0.9 to stop thinking sooner, 0.999 to stop later.");
    }
    if (threshold != null && halt == Halt.FIXED) {
      throw ConfigException.of(
          "halt_threshold",
          "`halt: confidence` or `halt: learned`",
          threshold + " with `halt: fixed`",
          "Set one of them too, or leave the threshold out.");
    }
  }

  /** The last stage of iCoT is only as many tokens as epochs have removed. */
  private void checkCurriculum() {
    if (!config.isCurriculum() && config.getMethod().isStageAnEpoch()) {
      throw ConfigException.of(
          "curriculum",
          "true for a method whose stages are numbers of tokens",
          "false with `method: " + config.getMethod().key() + "`",
          "Leave it out, or set `method: no_cot`, which trains without the chain from the start.");
    }
  }

  /** Rejects iCoT, whose stages are numbers of tokens and last one epoch each. */
  private void requireDepths(String key, double value) {
    if (!config.thoughtSettings().isStaged() || config.getMethod().isStageAnEpoch()) {
      throw withoutMethod(key, "a method whose stages are numbers of steps", value);
    }
  }

  private static ConfigException contradiction(String key, String requirement, Object found) {
    return ConfigException.of(key, requirement, found, "Leave one of the two out.");
  }

  private static void between(String key, String what, int value, int most) {
    if (value < 0 || value > most) {
      throw ConfigException.of(
          key,
          "a number of " + what + " from 0 to " + most,
          value,
          "Change it in the file or with --set " + key + "=N.");
    }
  }

  private ConfigException withoutMethod(String key, String requirement, Object value) {
    return ConfigException.of(
        key,
        requirement + ", such as `method: coconut`,",
        value + " with `method: " + config.getMethod().key() + "`",
        "Leave it out, or take such a method.");
  }
}
