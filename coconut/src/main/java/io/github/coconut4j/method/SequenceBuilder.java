package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.TokenSequence;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * Builds the token sequences of a method: question, thoughts, the remaining steps, answer.
 *
 * <p>Source: arXiv 2412.06769, section 3, and its published implementation.
 */
@RequiredArgsConstructor
public final class SequenceBuilder {

  /** More than fits into any memory, and small enough that a sum of two does not overflow. */
  private static final int MOST_COMPUTED = 1_000_000_000;

  @Getter private final ThoughtSettings settings;
  @Getter private final SpecialTokenIds tokens;

  /**
   * The training sequence of a stage.
   *
   * @param stage the stage, from 0
   */
  public TokenSequence training(EncodedProblem problem, int stage) {
    return training(problem, stage, 0);
  }

  /**
   * The training sequence of a stage, with additional thoughts.
   *
   * @param stage the stage, from 0
   * @param slack number of additional thoughts at the end, which have no targets; at least 0, and 0
   *     if latents do not replace steps
   */
  public TokenSequence training(EncodedProblem problem, int stage, int slack) {
    int thoughts = settings.trainingThoughts(stage, problem.getSteps().size()) + slack;
    IntStream steps = chain(problem, stage).flatMapToInt(Arrays::stream);
    int[] labelled = IntStream.concat(steps, IntStream.of(problem.getAnswer())).toArray();
    return sequence(problem.getQuestion(), thoughts, labelled)
        .withSupervision(layout().supervision(problem, stage, settings, tokens.getEos()));
  }

  /**
   * Number of tokens of a training sequence, or of its teacher's if that is longer, without making
   * them.
   *
   * @param stage the stage, from 0
   */
  public int trainingLength(EncodedProblem problem, int stage) {
    return Math.max(ownLength(problem, stage), layout().teacherLength(problem));
  }

  private int ownLength(EncodedProblem problem, int stage) {
    int thoughts = settings.trainingThoughts(stage, problem.getSteps().size());
    return promptLength(problem.getQuestion().length, thoughts)
        + chain(problem, stage).mapToInt(step -> step.length).sum()
        + problem.getAnswer().length;
  }

  /**
   * Number of positions that are computed for a training sequence and its teacher: its tokens; the
   * teacher's tokens after the question, including the question's last token again; and latents
   * once more for each iteration.
   *
   * @param stage the stage, from 0
   */
  public int computedPositions(EncodedProblem problem, int stage) {
    int thoughts = settings.trainingThoughts(stage, problem.getSteps().size());
    int teacher = layout().teacherLength(problem);
    long positions = ownLength(problem, stage) + (long) settings.getLatentIterations() * thoughts;
    if (teacher > 0) {
      positions += teacher - Math.max(0, problem.getQuestion().length - 1);
    }
    return (int) Math.min(positions, MOST_COMPUTED);
  }

  /**
   * The sequence that a model continues.
   *
   * @param thoughts number of latents or pauses, at least 0
   */
  public TokenSequence prompt(int[] question, int thoughts) {
    return sequence(question, thoughts(thoughts));
  }

  /**
   * The beginning of a prompt whose thoughts are appended one by one: the question and the marker
   * before them.
   */
  public TokenSequence opening(int[] question) {
    int[] ids = Arrays.copyOf(question, question.length + 1);
    ids[question.length] = tokens.getStartLatent();
    return TokenSequence.prompt(ids, new boolean[ids.length]);
  }

  /** Question, thoughts and the text that the model learns to write; only this text is labelled. */
  private TokenSequence sequence(int[] question, int thoughts, int... labelled) {
    IntStream prompt =
        IntStream.concat(IntStream.of(question), layout().thoughts(tokens, thoughts));
    int[] ids = IntStream.concat(prompt, IntStream.of(labelled)).toArray();
    int promptEnd = ids.length - labelled.length;
    int[] labels = ids.clone();
    Arrays.fill(labels, 0, promptEnd, TokenSequence.IGNORED);
    boolean[] latents = new boolean[ids.length];
    if (layout().hasLatents()) {
      for (int i = question.length; i < promptEnd; i++) {
        latents[i] = ids[i] == tokens.getLatent();
      }
    }
    return new TokenSequence(ids, labels, latents);
  }

  /**
   * Number of tokens of a prompt, without making it.
   *
   * @param question number of tokens of the question
   * @param thoughts number of latents or pauses, at least 0
   */
  public int promptLength(int question, int thoughts) {
    return Math.addExact(question + layout().markers(), thoughts(thoughts));
  }

  /** Number of thoughts in a prompt if this many are requested; 0 for methods without thoughts. */
  public int thoughts(int requested) {
    return layout().possibleThoughts(requested);
  }

  private Stream<int[]> chain(EncodedProblem problem, int stage) {
    return layout().chain(problem.getSteps(), stage, settings);
  }

  private SequenceLayout layout() {
    return settings.layout();
  }
}
