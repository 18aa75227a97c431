package io.github.coconut4j.evaluate;

import lombok.Value;

/** The score on the problems of one number of steps. */
@Value
public class StepsScore {

  /** Steps of each problem. */
  int steps;

  /** Number of problems, at least 1. */
  int problems;

  /** Number of right answers. */
  int correct;

  /** Share of right answers. */
  public double accuracy() {
    return (double) correct / problems;
  }

  /** 95 % interval of the share of right answers. */
  public Interval accuracyInterval() {
    return Interval.wilson(correct, problems);
  }
}
