package io.github.coconut4j;

import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;

/**
 * The rule that ends a model's thoughts: the requested one, else the model's own.
 *
 * @param halt the rule
 * @param head the model's stop signal if the rule is learned, else null
 * @param threshold probability from which thoughts end; ignored by a fixed rule
 */
record HaltRule(Halt halt, HaltHead head, double threshold) {

  /**
   * The rule for a model.
   *
   * @param head the model's stop signal, or null
   * @throws IllegalArgumentException if the model does not support the rule, or a threshold has no
   *     effect
   */
  static HaltRule of(CoconutConfig config, HaltHead head, GenerationOptions options) {
    Halt own = config.getHalt() == null ? Halt.FIXED : config.getHalt();
    Halt halt = options.getHalt() == null ? own : options.getHalt();
    if (halt != Halt.FIXED && !config.getMethod().hasLatents()) {
      throw new IllegalArgumentException(
          "`halt` needs a model with latents, but is %s and the model's method is %s. Ask with fixed, or ask another model."
              .formatted(halt.key(), config.getMethod().key()));
    }
    if (halt == Halt.FIXED && options.getHaltThreshold() != null) {
      throw new IllegalArgumentException(
          "A threshold of halting needs `halt` to be confidence or learned, but it is fixed. Choose"
              + " one of them too, or leave the threshold out.");
    }
    if (halt == Halt.LEARNED && head == null) {
      throw new IllegalArgumentException(
          "`halt` learned needs a model with a stop signal, "
              + HaltHead.FILE
              + ", but this one has none. Train it with `halt: learned`, or ask with confidence.");
    }
    Double threshold = options.getHaltThreshold();
    if (threshold == null && halt == own) {
      threshold = config.getHaltThreshold();
    }
    if (threshold == null) {
      threshold = halt == Halt.LEARNED ? head.getThreshold() : Halt.DEFAULT_THRESHOLD;
    }
    return new HaltRule(halt, halt == Halt.LEARNED ? head : null, threshold);
  }
}
