package io.github.coconut4j.model.objective;

/** How the loss of a latent's steps is averaged over a batch. */
public enum StepMean {
  /** Over all tokens of its steps, as in SIM-CoT on CODI. */
  TOKENS,

  /** A sum over tokens, and a mean over the sequences that have a step, as on Coconut. */
  ROWS
}
