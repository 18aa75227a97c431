package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The layout of a method's sequences: question, thoughts, the rest of the chain, answer. There is
 * one class per method. It defines the added tokens, the number of thoughts, the token at a
 * thought's position and the steps that stay in words.
 */
abstract class SequenceLayout {

  /** Names of the tokens that the method adds to a language model's vocabulary, in their order. */
  List<String> specialTokens() {
    return List.of();
  }

  /** Whether sequences change from stage to stage. */
  abstract boolean isStaged();

  /** Whether a stage lasts one epoch, for any {@code epochs_per_stage}. */
  boolean isStageAnEpoch() {
    return false;
  }

  /** Whether thoughts are latents, which receive the hidden state of the previous position. */
  boolean hasLatents() {
    return false;
  }

  /** Number of thoughts in a training sequence of a problem with this many steps. */
  int trainingThoughts(ThoughtSettings settings, int stage, int steps) {
    return 0;
  }

  /** Number of thoughts in a prompt, for a model trained up to a stage. */
  int promptThoughts(ThoughtSettings settings, int stage, int steps) {
    return 0;
  }

  /** Number of thoughts in a prompt if this many are requested. */
  int possibleThoughts(int requested) {
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
   * Supervision of a training sequence in addition to its labels; null for none.
   *
   * @param eos id of the end-of-sequence token
   */
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    return null;
  }

  /** The steps of the chain that remain in a stage, as tokens. */
  abstract Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings);
}
