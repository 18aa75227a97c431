package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The supervision of a batch as arrays, in addition to its other features: teachers INT32 [B, 3],
 * steps INT32 [B, G, U], target tokens INT32 [B, N, K] and their probabilities FLOAT [B, N, K].
 * Missing values are -1.
 */
final class SupervisionArrays {

  private final List<TokenSequence> sequences;

  /** Number of padding time steps before each sequence. */
  private final int[] padding;

  SupervisionArrays(List<TokenSequence> sequences, int[] padding) {
    this.sequences = sequences;
    this.padding = padding;
  }

  /** The four arrays; empty if no sequence has supervision. */
  INDArray[] all() {
    if (sequences.stream().allMatch(sequence -> sequence.getSupervision() == null)) {
      return new INDArray[0];
    }
    int[][][] targets = padded(SequenceSupervision::getTargets);
    return new INDArray[] {
      Nd4j.createFromArray(teachers()),
      Nd4j.createFromArray(padded(SequenceSupervision::getSteps)),
      Nd4j.createFromArray(targets),
      Nd4j.createFromArray(probabilities(targets))
    };
  }

  /**
   * For each sequence with a teacher: the sequence whose row contains the teacher, which is its
   * own, and the compared time steps.
   */
  private int[][] teachers() {
    int[][] teachers = new int[sequences.size()][3];
    for (int b = 0; b < teachers.length; b++) {
      TeacherBranch branch = TeacherBranch.of(sequences.get(b));
      if (branch == null) {
        Arrays.fill(teachers[b], SupervisionPadding.NONE);
      } else {
        SequenceSupervision own = sequences.get(b).getSupervision();
        int compared = padding[b] + own.getCompared();
        int teacherCompared = padding[b] + branch.step(own.getTeacherCompared());
        teachers[b] = new int[] {b, compared, teacherCompared};
      }
    }
    return teachers;
  }

  private int[][][] padded(Function<SequenceSupervision, List<int[]>> values) {
    int[][][] all =
        sequences.stream()
            .map(TokenSequence::getSupervision)
            .map(own -> own == null ? List.<int[]>of() : values.apply(own))
            .map(lists -> lists.toArray(int[][]::new))
            .toArray(int[][][]::new);
    return SupervisionPadding.pad(all, all.length);
  }

  private static float[][][] probabilities(int[][][] targets) {
    float[][][] probabilities = new float[targets.length][targets[0].length][targets[0][0].length];
    for (int b = 0; b < targets.length; b++) {
      for (int i = 0; i < targets[b].length; i++) {
        int count =
            (int)
                Arrays.stream(targets[b][i])
                    .filter(token -> token != SupervisionPadding.NONE)
                    .count();
        Arrays.fill(probabilities[b][i], 0, count, 1f / Math.max(1, count));
      }
    }
    return probabilities;
  }
}
