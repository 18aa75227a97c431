package io.github.coconut4j.config;

/** What happens if a loss or a gradient is not a finite number. */
public enum OnNonfinite {
  /** The run ends with an error. */
  STOP,
  /** The update is skipped and the run continues. */
  SKIP
}
