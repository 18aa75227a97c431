package io.github.coconut4j.data.batch;

import java.util.ArrayList;
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

  private static final int NONE = -1;

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
        Arrays.fill(teachers[b], NONE);
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
    List<List<int[]>> all = new ArrayList<>();
    for (TokenSequence sequence : sequences) {
      SequenceSupervision own = sequence.getSupervision();
      all.add(own == null ? List.of() : values.apply(own));
    }
    int second = all.stream().mapToInt(List::size).max().orElse(0);
    int third = all.stream().flatMap(List::stream).mapToInt(row -> row.length).max().orElse(0);
    int[][][] padded = new int[all.size()][Math.max(1, second)][Math.max(1, third)];
    for (int b = 0; b < padded.length; b++) {
      for (int i = 0; i < padded[b].length; i++) {
        int[] own = i < all.get(b).size() ? all.get(b).get(i) : new int[0];
        Arrays.fill(padded[b][i], NONE);
        System.arraycopy(own, 0, padded[b][i], 0, own.length);
      }
    }
    return padded;
  }

  private static float[][][] probabilities(int[][][] targets) {
    float[][][] probabilities = new float[targets.length][targets[0].length][targets[0][0].length];
    for (int b = 0; b < targets.length; b++) {
      for (int i = 0; i < targets[b].length; i++) {
        int count = (int) Arrays.stream(targets[b][i]).filter(token -> token != NONE).count();
        Arrays.fill(probabilities[b][i], 0, count, 1f / Math.max(1, count));
      }
    }
    return probabilities;
  }
}
