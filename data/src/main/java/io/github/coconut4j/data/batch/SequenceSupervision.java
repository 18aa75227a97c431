package io.github.coconut4j.data.batch;

import java.util.List;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.ToString;

/**
 * What a sequence teaches beside its labels: its teacher, the steps that its latents must let a
 * decoder write, and the tokens that its latents are asked for. Immutable.
 */
@Getter
@EqualsAndHashCode
@ToString
public final class SequenceSupervision {

  /** The sequence of the teacher, or null. */
  private final TokenSequence teacher;

  /** The sequence's position at which hidden states are compared with the teacher's, from 0. */
  private final int compared;

  /** The teacher's position that they are compared with, from 0. */
  private final int teacherCompared;

  /** Tokens of the step of each group of latents, none where it has no step. */
  private final List<int[]> steps;

  /** Tokens that each latent is asked for, all equally, none where it is asked for none. */
  private final List<int[]> targets;

  /**
   * What a sequence teaches.
   *
   * @throws IllegalArgumentException if the teacher does not have the compared position, has
   *     latents, or a label before which it has nothing
   */
  @Builder
  private SequenceSupervision(
      TokenSequence teacher,
      int compared,
      int teacherCompared,
      List<int[]> steps,
      List<int[]> targets) {
    if (teacher != null && (teacherCompared < 0 || teacherCompared >= teacher.length())) {
      throw new IllegalArgumentException(
          "The compared position must be one of the teacher's "
              + teacher.length()
              + ", but is "
              + teacherCompared
              + ".");
    }
    requireWritten(teacher);
    this.teacher = teacher;
    this.compared = compared;
    this.teacherCompared = teacherCompared;
    this.steps = steps == null ? List.of() : steps.stream().map(int[]::clone).toList();
    this.targets = targets == null ? List.of() : targets.stream().map(int[]::clone).toList();
  }

  private static void requireWritten(TokenSequence teacher) {
    if (teacher != null && teacher.latentCount() > 0) {
      throw new IllegalArgumentException(
          "A teacher must write its chain, but has "
              + teacher.latentCount()
              + " latents. Give them to the sequence that it teaches.");
    }
    if (teacher != null && teacher.getLabels()[0] != TokenSequence.IGNORED) {
      throw new IllegalArgumentException(
          "A teacher's label needs a token before it that predicts it, but its first token has the"
              + " label "
              + teacher.getLabels()[0]
              + ". Leave it out by TokenSequence.IGNORED.");
    }
  }

  /** The same, with a teacher that begins at that position. */
  SequenceSupervision startingAt(int position) {
    return teacher == null
        ? this
        : new SequenceSupervision(
            teacher.startingAt(position), compared, teacherCompared, steps, targets);
  }
}
