package io.github.coconut4j.analyze;

import io.github.coconut4j.analyze.path.PathClass;
import io.github.coconut4j.analyze.path.PathVerifier;
import io.github.coconut4j.evaluate.Interval;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import lombok.Builder;
import lombok.Value;

/** A model's outputs after a forced number of thoughts (arXiv 2412.06769, section 5.1). */
@Value
@Builder
public class ForcedThoughts {

  /** Number of thoughts, from 0. */
  int thoughts;

  /** Number of problems. */
  int problems;

  /** Share of correct answers. */
  double accuracy;

  /** Lower end of the accuracy's 95 % interval. */
  double low;

  /** Upper end of the accuracy's 95 % interval. */
  double high;

  /** Number of outputs of each class, if a path must begin at the root. */
  Map<PathClass, Integer> written;

  /** The same if the thoughts may stand for a path's first steps. */
  Map<PathClass, Integer> completed;

  /**
   * Number of outputs with a path to the answer, by {@link #completed}, that then state another
   * answer.
   */
  int rightPathWrongLabel;

  /**
   * Classifies the outputs of all problems, in the order of their verifiers.
   *
   * @param steps number of steps that the thoughts may stand for
   */
  static ForcedThoughts of(
      int thoughts, int steps, List<PathVerifier> verifiers, String[] outputs) {
    Map<PathClass, Integer> written = noneOfAny();
    Map<PathClass, Integer> completed = noneOfAny();
    int correct = 0;
    int wrongLabels = 0;
    for (int i = 0; i < outputs.length; i++) {
      PathVerifier verifier = verifiers.get(i);
      boolean right = verifier.isLabelCorrect(outputs[i]);
      PathClass reading = verifier.classify(outputs[i], steps);
      written.merge(verifier.classify(outputs[i]), 1, Integer::sum);
      completed.merge(reading, 1, Integer::sum);
      correct += right ? 1 : 0;
      wrongLabels += !right && reachesAnswer(reading) ? 1 : 0;
    }
    Interval interval = Interval.wilson(correct, outputs.length);
    return builder()
        .thoughts(thoughts)
        .problems(outputs.length)
        .accuracy((double) correct / outputs.length)
        .low(interval.getLow())
        .high(interval.getHigh())
        .written(written)
        .completed(completed)
        .rightPathWrongLabel(wrongLabels)
        .build();
  }

  private static boolean reachesAnswer(PathClass reading) {
    return reading == PathClass.CORRECT_PATH || reading == PathClass.LONGER_PATH;
  }

  private static Map<PathClass, Integer> noneOfAny() {
    Map<PathClass, Integer> counts = new EnumMap<>(PathClass.class);
    for (PathClass one : PathClass.values()) {
      counts.put(one, 0);
    }
    return counts;
  }
}
