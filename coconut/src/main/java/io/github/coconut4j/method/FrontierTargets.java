package io.github.coconut4j.method;

/** What each latent is asked for, with {@link Method#FRONTIER}. */
public enum FrontierTargets {
  /** All nodes that are as many edges away from the question's root as steps were thought. */
  FRONTIER,
  /** Of these the nodes that lie on a path to an option. */
  PATHS,
  /** The problem's own steps. */
  CHAIN
}
