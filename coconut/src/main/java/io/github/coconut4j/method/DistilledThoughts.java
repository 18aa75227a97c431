package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.SequenceSupervision;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@code codi} and {@code pccot}: all latents between markers from the first update on, and a
 * teacher that writes the chain without its last step. Source: Shen et al., arXiv 2502.21074; Wu et
 * al., arXiv 2506.18582.
 */
class DistilledThoughts extends SequenceLayout {

  @Override
  final List<String> specialTokens() {
    return SpecialTokens.COCONUT;
  }

  @Override
  final boolean isStaged() {
    return false;
  }

  @Override
  final boolean hasLatents() {
    return true;
  }

  @Override
  final int trainingThoughts(ThoughtSettings settings, int stage, int steps) {
    return settings.getCThought() * settings.getMaxLatentStage();
  }

  @Override
  final int promptThoughts(ThoughtSettings settings, int stage, int steps) {
    return settings.getCThought() * settings.getMaxLatentStage();
  }

  @Override
  final int possibleThoughts(int requested) {
    return requested;
  }

  @Override
  final int markers() {
    return 2;
  }

  @Override
  final IntStream thoughts(SpecialTokenIds tokens, int thoughts) {
    return tokens.marked(tokens.getLatent(), thoughts);
  }

  @Override
  final Stream<int[]> chain(List<int[]> steps, int stage, ThoughtSettings settings) {
    return Stream.empty();
  }

  /** The steps that the teacher writes: all except the last. */
  final List<int[]> taughtSteps(EncodedProblem problem) {
    List<int[]> steps = problem.getSteps();
    return steps.subList(0, Math.max(0, steps.size() - 1));
  }

  @Override
  final int teacherLength(EncodedProblem problem) {
    return problem.getQuestion().length
        + taughtSteps(problem).stream().mapToInt(step -> step.length).sum()
        + problem.getAnswer().length;
  }

  @Override
  SequenceSupervision supervision(
      EncodedProblem problem, int stage, ThoughtSettings settings, int eos) {
    return supervised(problem, settings).build();
  }

  final SequenceSupervision.SequenceSupervisionBuilder supervised(
      EncodedProblem problem, ThoughtSettings settings) {
    int question = problem.getQuestion().length;
    int answer = question + markers() + trainingThoughts(settings, 0, problem.getSteps().size());
    int teacherAnswer = teacherLength(problem) - problem.getAnswer().length;
    return SequenceSupervision.builder()
        .teacher(teacher(problem))
        .compared(answer + problem.getDecisive() - 1)
        .teacherCompared(teacherAnswer + problem.getDecisive() - 1);
  }

  private TokenSequence teacher(EncodedProblem problem) {
    IntStream steps = taughtSteps(problem).stream().flatMapToInt(Arrays::stream);
    int[] ids =
        IntStream.concat(
                IntStream.concat(IntStream.of(problem.getQuestion()), steps),
                IntStream.of(problem.getAnswer()))
            .toArray();
    int[] labels = ids.clone();
    Arrays.fill(labels, 0, problem.getQuestion().length, TokenSequence.IGNORED);
    return new TokenSequence(ids, labels, new boolean[ids.length]);
  }
}
