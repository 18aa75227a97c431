package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a method lays out its sequences: question, thoughts, what is left of the chain, answer. One
 * class a method; a new one says which tokens it adds, how many thoughts a sequence has, what
 * stands at a thought's position and which steps stay in words.
 */
abstract class SequenceLayout {

  /** Names of the tokens that the method adds to a language model's vocabulary, in their order. */
  List<String> specialTokens() {
    return List.of();
  }

  /** Whether sequences change from stage to stage. */
  abstract boolean isStaged();

  /** Whether a stage lasts one epoch, whatever {@code epochs_per_stage} says. */
  boolean isStageAnEpoch() {
    return false;
  }

  /** Whether thoughts are latents, which receive the hidden state of the position before them. */
  boolean hasLatents() {
    return false;
  }

  /** Number of thoughts in a training sequence of a problem with so many steps. */
  int trainingThoughts(ThoughtSettings settings, int stage, int steps) {
    return 0;
  }

  /** Number of thoughts in a prompt, for a model trained up to a stage. */
  int promptThoughts(ThoughtSettings settings, int stage, int steps) {
    return 0;
  }

  /** Number of thoughts that a prompt has when so many are asked for. */
  int possibleThoughts(int asked) {
    return 0;
  }

  /** Number of tokens that enclose the thoughts. */
  int markers() {
    return 0;
  }

  /** Ids of the thoughts' tokens and of the markers around them. */
  IntStream thoughts(SpecialTokenIds tokens, int thoughts) {
    return IntStream.empty();
  }

  /** Tokens of the teacher's sequence; 0 without a teacher. */
  int teacherLength(EncodedProblem problem) {
    return 0;
  }

  /**
   * What a training sequence teaches beside its labels; null for nothing.
   *
   * @param eos id of the end-of-sequence token
   */
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    return null;
  }

  /** What a stage leaves of the chain, as tokens. */
  abstract Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings);
}
