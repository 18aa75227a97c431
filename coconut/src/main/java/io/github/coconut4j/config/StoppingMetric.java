package io.github.coconut4j.config;

/** The metric of an evaluation that early stopping uses. */
public enum StoppingMetric {
  /** Share of correct answers; higher is better. */
  ACCURACY,
  /** Share of chains written as in the problem; higher is better. */
  CHAIN_MATCH,
  /** Loss of the evaluation problems; lower is better. */
  LOSS
}
