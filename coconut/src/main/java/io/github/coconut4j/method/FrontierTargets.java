package io.github.coconut4j.method;

/** The targets of each latent with {@link Method#FRONTIER}. */
public enum FrontierTargets {
  /** All nodes whose distance from the question's root is the number of latent steps so far. */
  FRONTIER,
  /** Those of these nodes that are on a path to an option. */
  PATHS,
  /** The problem's own steps. */
  CHAIN
}
