package io.github.coconut4j.data.batch;

import java.util.List;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.ToString;

/**
 * The supervision of a sequence in addition to its labels: its teacher, the steps that a decoder
 * must write from its latents, and the target tokens of its latents. Immutable.
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

  /** Tokens of the step of each group of latents, empty for a group without a step. */
  private final List<int[]> steps;

  /** Target tokens of each latent, with equal probabilities; empty for a latent without targets. */
  private final List<int[]> targets;

  /**
   * Makes the supervision of a sequence.
   *
   * @throws IllegalArgumentException if the teacher does not have the compared position, has
   *     latents, or has a label at its first token
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
              + "; give the one that predicts the answer");
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

  /** The same with a teacher that starts at a position. */
  SequenceSupervision startingAt(int position) {
    return teacher == null
        ? this
        : new SequenceSupervision(
            teacher.startingAt(position), compared, teacherCompared, steps, targets);
  }
}
