package io.github.coconut4j.method;

/** Which method SIM-CoT's supervision of steps is added to. */
public enum SimcotOn {
  /** Coconut, stage by stage. */
  COCONUT,
  /** CODI, without stages. */
  CODI
}
