package io.github.coconut4j.data.batch;

import java.util.Arrays;
import java.util.stream.IntStream;
import lombok.Value;

/**
 * How a sequence and its teacher share a row: what both begin with stands there once, then comes
 * the rest of the sequence and after it that of the teacher. The last shared token is read in both,
 * so that each label follows the position that predicts it.
 */
@Value
final class TeacherBranch {

  /** Number of what both continue from, in the attention mask. */
  static final int COMMON = 1;

  static final int STUDENT = 2;
  static final int TEACHER = 3;

  TokenSequence student;
  TokenSequence teacher;

  /** Number of tokens that stand once. */
  int shared;

  /** The branch of a sequence's teacher; null where it has none. */
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

  /** Tokens that both begin with, before any label and latent. */
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

  /** Time steps of the row. */
  int length() {
    return student.length() + teacher.length() - shared;
  }

  /** The time step of a token of the teacher that does not stand once, from the row's first. */
  int step(int teacherIndex) {
    return student.length() + teacherIndex - shared;
  }
}
