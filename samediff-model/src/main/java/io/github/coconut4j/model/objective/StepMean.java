package io.github.coconut4j.model.objective;

/** How the loss of a latent's steps is averaged over a batch. */
public enum StepMean {
  /** The mean over all tokens of its steps, as in SIM-CoT on CODI. */
  TOKENS,

  /**
   * The sum over tokens, and the mean over the sequences that have a step, as in SIM-CoT on
   * Coconut.
   */
  ROWS
}
