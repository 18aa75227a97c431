package io.github.coconut4j.audit;

import io.github.coconut4j.evaluate.Interval;
import io.github.coconut4j.method.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Value;

/** The measurements of one model or control, on which the claims' numbers are based. */
@Value
public class ModelProfile {

  /** Its directory, as given. */
  String directory;

  /** Its training method. */
  Method method;

  /** Seed of its training. */
  long seed;

  /** Number of thoughts in a prompt, as trained. */
  int thoughts;

  /** Number of correct answers. */
  int correct;

  /** Share of correct answers. */
  double accuracy;

  /** Shares of correct answers with the first 0, 1, … thoughts as noise. */
  List<Double> accuracyByCorruptedThoughts;

  /** Accuracy and confidence by number of steps. */
  List<StepsCalibration> bySteps;

  /** The observations on problems with the same number of steps. */
  @Value
  public static class StepsCalibration {

    /** Number of steps of each problem. */
    int steps;

    /** Number of problems whose confidence could be measured. */
    int problems;

    /** Share of correct answers. */
    double accuracy;

    /** Mean share of the more likely option in the probability of both. */
    double confidence;
  }

  static ModelProfile of(TrainedModel trained, Observations seen) {
    double[] correct = seen.getSeries().get(Series.CORRECT);
    return new ModelProfile(
        trained.getDirectory().toString(),
        trained.method(),
        trained.getTraining().getSeed(),
        trained.getThoughts(),
        (int) Arrays.stream(correct).sum(),
        Arrays.stream(correct).average().orElseThrow(),
        Arrays.stream(seen.getByCorrupted()).boxed().toList(),
        bySteps(seen));
  }

  private static List<StepsCalibration> bySteps(Observations seen) {
    List<StepsCalibration> calibration = new ArrayList<>();
    for (int steps : Arrays.stream(seen.getSteps()).sorted().distinct().toArray()) {
      int[] scored =
          IntStream.range(0, seen.problems())
              .filter(problem -> seen.getSteps()[problem] == steps)
              .filter(problem -> !Double.isNaN(seen.value(Series.CONFIDENCE, problem)))
              .toArray();
      if (scored.length > 0) {
        calibration.add(
            new StepsCalibration(
                steps,
                scored.length,
                Statistic.mean(Series.CORRECT).of(seen, scored),
                Statistic.mean(Series.CONFIDENCE).of(seen, scored)));
      }
    }
    return calibration;
  }

  /** 95 % confidence interval of the share of correct answers on this many problems. */
  public Interval accuracyInterval(int problems) {
    return Interval.wilson(correct, problems);
  }
}
