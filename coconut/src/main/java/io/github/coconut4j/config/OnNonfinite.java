package io.github.coconut4j.config;

/** What happens when a loss or a gradient is not a finite number. */
public enum OnNonfinite {
  /** The run ends with an error. */
  STOP,
  /** The update is left out and the run goes on. */
  SKIP
}
