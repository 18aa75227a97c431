package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.stream.IntStream;
import lombok.Value;

/**
 * How a sequence and its teacher share a row: their common beginning occurs once, followed by the
 * rest of the sequence and the rest of the teacher. The last common token is read in both, so that
 * each label follows the position that predicts it.
 */
@Value
final class TeacherBranch {

  /** Number of the common beginning in the attention mask. */
  static final int COMMON = 1;

  static final int STUDENT = 2;
  static final int TEACHER = 3;

  TokenSequence student;
  TokenSequence teacher;

  /** Number of tokens that occur once. */
  int shared;

  /** The branch of a sequence's teacher; null if it has none. */
  static TeacherBranch of(TokenSequence student) {
    SequenceSupervision supervision = student.getSupervision();
    TokenSequence teacher = supervision == null ? null : supervision.getTeacher();
    if (teacher == null) {
      return null;
    }
    int common =
        student.getFirstPosition() == teacher.getFirstPosition() ? unlabelled(student, teacher) : 0;
    int compared = supervision.getTeacherCompared() + 1;
    return new TeacherBranch(student, teacher, Math.max(0, Math.min(common, compared) - 1));
  }

  /** Number of common tokens at the beginning, before any label and latent. */
  private static int unlabelled(TokenSequence student, TokenSequence teacher) {
    int[] own = student.getTokens();
    int[] other = teacher.getTokens();
    int different = Arrays.mismatch(own, other);
    int same = different < 0 ? own.length : different;
    int latent = student.firstLatent() < 0 ? same : Math.min(same, student.firstLatent());
    return Math.min(latent, Math.min(firstLabel(student), firstLabel(teacher)));
  }

  private static int firstLabel(TokenSequence sequence) {
    int[] labels = sequence.getLabels();
    return IntStream.range(0, labels.length)
        .filter(i -> labels[i] != TokenSequence.IGNORED)
        .findFirst()
        .orElse(labels.length);
  }

  /** Number of time steps of the row. */
  int length() {
    return student.length() + teacher.length() - shared;
  }

  /** The time step, within the row, of a token of the teacher after the common beginning. */
  int step(int teacherIndex) {
    return student.length() + teacherIndex - shared;
  }
}
