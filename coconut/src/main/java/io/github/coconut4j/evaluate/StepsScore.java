package io.github.coconut4j.evaluate;

import lombok.Value;

/** The score on the problems with the same number of steps. */
@Value
public class StepsScore {

  /** Number of steps of each problem. */
  int steps;

  /** Number of problems, at least 1. */
  int problems;

  /** Number of correct answers. */
  int correct;

  /** Share of correct answers. */
  public double accuracy() {
    return (double) correct / problems;
  }

  /** 95 % confidence interval of the share of correct answers. */
  public Interval accuracyInterval() {
    return Interval.wilson(correct, problems);
  }
}
