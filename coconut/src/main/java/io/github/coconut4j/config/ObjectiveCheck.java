package io.github.coconut4j.config;

import io.github.coconut4j.method.Method;
import java.util.List;
import lombok.RequiredArgsConstructor;

/** Rejects settings that contradict the method's objective. */
@RequiredArgsConstructor
final class ObjectiveCheck {

  /** Default of the key. */
  private static final int DEFAULT_ICOT_TOKENS = 8;

  private final TrainingConfig config;

  /**
   * @throws ConfigException naming the key
   */
  void run() {
    NumberCheck.atLeast("step_weight", config.getStepWeight(), 0);
    NumberCheck.atLeast("teacher_weight", config.getTeacherWeight(), 0);
    NumberCheck.atLeast("student_weight", config.getStudentWeight(), 0);
    NumberCheck.atLeast("frontier_weight", config.getFrontierWeight(), 0);
    if (config.getDistillWeight() != null) {
      NumberCheck.atLeast("distill_weight", config.getDistillWeight(), 0);
    }
    if (config.thoughtSettings().isDistilled()) {
      requireNoStages();
    }
    boolean needsLatents =
        config.thoughtSettings().isDistilled()
            || List.of(Method.SIMCOT, Method.FRONTIER).contains(config.getMethod());
    if (needsLatents && (config.getCThought() < 1 || config.getMaxLatentStage() < 1)) {
      throw ConfigException.of(
          config.getCThought() < 1 ? "c_thought" : "max_latent_stage",
          "at least 1 with `method: " + config.getMethod().key() + "`",
          0,
          "Raise it, or take another method.");
    }
  }

  /** Rejects stages, since all latents are used from the first update on. */
  private void requireNoStages() {
    requireNot("uniform_prob", config.getUniformProb() > 0, config.getUniformProb());
    List<Integer> steps = config.getStageSteps();
    requireNot("stage_steps", steps != null && steps.size() > 1, steps);
    boolean given = config.getIcotTokensPerEpoch() != DEFAULT_ICOT_TOKENS;
    requireNot("icot_tokens_per_epoch", given, config.getIcotTokensPerEpoch());
  }

  private void requireNot(String key, boolean isGiven, Object value) {
    if (isGiven) {
      throw ConfigException.of(
          key,
          "to be left out with a method without stages, `method: "
              + config.getMethod().key()
              + "`,",
          value,
          "Remove it, or take a method with stages, such as coconut.");
    }
  }
}
