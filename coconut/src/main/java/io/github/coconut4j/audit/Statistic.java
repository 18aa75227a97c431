package io.github.coconut4j.audit;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A statistic of the observations on some problems. */
@FunctionalInterface
interface Statistic {

  /**
   * The number.
   *
   * @param sample indices of problems, possibly repeated, including the pseudo-problems
   * @return NaN if no problem of the sample has a value
   */
  double of(Observations seen, int[] sample);

  /** The mean over the problems that have a value. */
  static Statistic mean(Series series) {
    return (seen, sample) ->
        Arrays.stream(sample)
            .mapToDouble(problem -> seen.value(series, problem))
            .filter(value -> !Double.isNaN(value))
            .average()
            .orElse(Double.NaN);
  }

  /**
   * The difference between mean confidence and accuracy on the problems of each number of steps,
   * weighted by the number of problems: the expected calibration error (Guo et al., arXiv
   * 1706.04599) with numbers of steps as bins.
   */
  static Statistic calibrationError() {
    return (seen, sample) -> {
      Map<Integer, Double> excess = new HashMap<>();
      int scored = 0;
      for (int problem : sample) {
        double confidence =
            problem < seen.problems() ? seen.value(Series.CONFIDENCE, problem) : Double.NaN;
        if (!Double.isNaN(confidence)) {
          double over = confidence - seen.value(Series.CORRECT, problem);
          excess.merge(seen.getSteps()[problem], over, Double::sum);
          scored++;
        }
      }
      double sum = excess.values().stream().mapToDouble(Math::abs).sum();
      return scored == 0 ? Double.NaN : sum / scored;
    };
  }
}
