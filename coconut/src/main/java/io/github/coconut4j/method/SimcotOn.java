package io.github.coconut4j.method;

/** The method that SIM-CoT's step supervision is added to. */
public enum SimcotOn {
  /** Coconut, stage by stage. */
  COCONUT,
  /** CODI, without stages. */
  CODI
}
