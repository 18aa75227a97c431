package io.github.coconut4j.config;

/** What writes the steps from latents, with SIM-CoT. */
public enum SimcotDecoder {
  /** A second model of the start weights; from scratch a fresh one of the same sizes. */
  COPY,
  /** The model that is trained. */
  BASE
}
