package io.github.coconut4j.config;

import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.Initialization.Positions;
import lombok.RequiredArgsConstructor;

/** Refuses what training sequences cannot be drawn by. */
@RequiredArgsConstructor
final class SequenceCheck {

  private final TrainingConfig config;

  /**
   * @throws ConfigException naming the key
   */
  void run() {
    checkSlack();
    checkBackprop();
    checkOffset();
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
