package io.github.coconut4j.method;

import lombok.Builder;
import lombok.Value;

/**
 * The settings that determine, together with a stage, which steps are removed, how many thoughts
 * replace them, and how these are computed.
 */
@Value
@Builder(toBuilder = true)
public class ThoughtSettings {

  /** Largest number of thoughts that can be requested for a prompt, for any model. */
  public static final int MOST_THOUGHTS = 1_000_000;

  /**
   * Largest number of tokens removed from the start of the chain at once, more than any chain has.
   */
  public static final int MOST_ICOT_TOKENS = 1_000_000_000;

  /** The method. */
  Method method;

  /** The method that {@link Method#SIMCOT} is added to; null for Coconut. */
  SimcotOn simcotOn;

  /** Number of thoughts that replace one step, at least 0. */
  int cThought;

  /** Largest number of steps that thoughts replace, at least 0. */
  int maxLatentStage;

  /** Whether problems with few steps get as many thoughts as those with many. */
  boolean padLatentToMax;

  /**
   * Number of tokens removed from the start of the chain from one stage to the next, with {@link
   * Method#ICOT}.
   */
  int icotTokensPerStage;

  /** How often latents are refined in parallel; 0 if they are computed one after another. */
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

  /** Whether latents replace more steps from stage to stage, as in Coconut. */
  public boolean hasStagedLatents() {
    return isStaged() && layout().hasLatents();
  }

  /** Whether sequences have a teacher, and so all latents from the first update on. */
  public boolean isDistilled() {
    return layout() instanceof DistilledThoughts;
  }

  /** Whether the default map of thoughts is a projection, as in CODI. */
  public boolean projectsThoughts() {
    return isDistilled() && method != Method.PCCOT;
  }

  /** Number of steps of a problem that a training sequence leaves out. */
  int skippedSteps(int stage, int steps) {
    return stage > maxLatentStage ? steps : Math.min(stage, steps);
  }

  /** Largest number of steps that thoughts replace in a problem with this many. */
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
