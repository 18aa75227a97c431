package io.github.coconut4j.config;

/** What early stopping looks at in an evaluation. */
public enum StoppingMetric {
  /** Share of right answers; more is better. */
  ACCURACY,
  /** Share of chains written as in the problem; more is better. */
  CHAIN_MATCH,
  /** Loss of the evaluation problems; less is better. */
  LOSS
}
