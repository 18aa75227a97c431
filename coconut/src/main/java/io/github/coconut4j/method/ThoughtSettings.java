package io.github.coconut4j.method;

import lombok.Builder;
import lombok.Value;

/**
 * What decides, together with a stage, which steps leave and how many thoughts come instead, and
 * how these are computed.
 */
@Value
@Builder(toBuilder = true)
public class ThoughtSettings {

  /** Most thoughts that a prompt can be asked for, whatever the model's positions. */
  public static final int MOST_THOUGHTS = 1_000_000;

  /** Most tokens that leave the chain's front at once, more than any chain has. */
  public static final int MOST_ICOT_TOKENS = 1_000_000_000;

  /** The method. */
  Method method;

  /** What {@link Method#SIMCOT} is added to; null for Coconut. */
  SimcotOn simcotOn;

  /** Thoughts that replace one step, at least 0. */
  int cThought;

  /** Largest number of steps that thoughts replace, at least 0. */
  int maxLatentStage;

  /** Whether problems with few steps get as many thoughts as those with many. */
  boolean padLatentToMax;

  /** Tokens that leave the chain's front from one stage to the next, with {@link Method#ICOT}. */
  int icotTokensPerStage;

  /** How often latents are refined together; 0 where they are fed one after another. */
  int latentIterations;

  /** How answers are marked. */
  @Builder.Default AnswerFormat answers = AnswerFormat.PUBLISHED;

  SequenceLayout layout() {
    return method.layout(simcotOn);
  }

  /** Whether the sequence changes from stage to stage. */
  public boolean isStaged() {
    return layout().isStaged();
  }

  /** Whether latents replace more steps from stage to stage, as Coconut's. */
  public boolean hasStagedLatents() {
    return isStaged() && layout().hasLatents();
  }

  /** Whether sequences have a teacher, and so all latents from the first update on. */
  public boolean isDistilled() {
    return layout() instanceof DistilledThoughts;
  }

  /** Whether latents are fed through a projection where nothing else is asked for, as in CODI. */
  public boolean projectsThoughts() {
    return isDistilled() && method != Method.PCCOT;
  }

  /** Number of steps of a problem that a training sequence leaves out. */
  int skippedSteps(int stage, int steps) {
    return stage > maxLatentStage ? steps : Math.min(stage, steps);
  }

  /** Largest number of steps that thoughts replace in a problem with so many. */
  int lastStage(int steps) {
    return padLatentToMax ? maxLatentStage : Math.min(maxLatentStage, steps);
  }

  /** Number of thoughts in a training sequence. */
  int trainingThoughts(int stage, int steps) {
    return layout().trainingThoughts(this, stage, steps);
  }

  /** Number of thoughts in a prompt, for a model trained up to a stage. */
  public int promptThoughts(int stage, int steps) {
    return layout().promptThoughts(this, stage, steps);
  }
}
