package io.github.coconut4j.config;

/** The model that writes the steps from latents with SIM-CoT. */
public enum SimcotDecoder {
  /** A second model that starts from the same weights; from scratch a new one of the same sizes. */
  COPY,
  /** The model that is trained. */
  BASE
}
