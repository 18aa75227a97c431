package io.github.coconut4j.method;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.method.Method.Thought;
import java.util.Arrays;
import java.util.List;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * Builds the token sequences of a method: question, thoughts, the steps that are left, answer.
 *
 * <p>Source: arXiv 2412.06769, section 3, and its published implementation.
 */
@RequiredArgsConstructor
public final class SequenceBuilder {

  @Getter private final ThoughtSettings settings;
  @Getter private final SpecialTokenIds tokens;

  /**
   * The sequence that a stage trains on.
   *
   * @param stage the stage, from 0
   */
  public TokenSequence training(EncodedProblem problem, int stage) {
    int steps = problem.getSteps().size();
    SequenceWriter writer = new SequenceWriter().ignored(problem.getQuestion());
    writeThoughts(writer, settings.trainingThoughts(stage, steps));
    writeChain(writer, problem.getSteps(), stage);
    return writer.labelled(problem.getAnswer()).toSequence();
  }

  /**
   * The sequence after which a model writes the rest.
   *
   * @param thoughts number of latents or pauses, at least 0
   */
  public TokenSequence prompt(int[] question, int thoughts) {
    SequenceWriter writer = new SequenceWriter().ignored(question);
    writeThoughts(writer, thoughts);
    return writer.toSequence();
  }

  /** Number of thoughts that a prompt has when so many are asked for: none without the method. */
  public int thoughts(int asked) {
    return settings.getMethod().thought() == Thought.NONE ? 0 : asked;
  }

  private void writeThoughts(SequenceWriter writer, int thoughts) {
    Method method = settings.getMethod();
    if (method.markers()) {
      writer.ignored(tokens.getStartLatent());
    }
    for (int i = 0; i < thoughts; i++) {
      switch (method.thought()) {
        case LATENT -> writer.latent(tokens.getLatent());
        case PAUSE -> writer.ignored(tokens.getPause());
        case NONE -> {}
      }
    }
    if (method.markers()) {
      writer.ignored(tokens.getEndLatent());
    }
  }

  private void writeChain(SequenceWriter writer, List<int[]> steps, int stage) {
    switch (settings.getMethod()) {
      case COT -> steps.forEach(writer::labelled);
      case NO_COT, PAUSE -> {}
      case ICOT -> writeChainEnd(writer, steps, stage);
      case COCONUT, NO_THOUGHTS, PAUSE_AS_THOUGHT ->
          steps.stream().skip(settings.skippedSteps(stage, steps.size())).forEach(writer::labelled);
    }
  }

  private void writeChainEnd(SequenceWriter writer, List<int[]> steps, int stage) {
    int removed = Math.multiplyExact(stage, settings.getIcotTokensPerStage());
    int[] chain = steps.stream().flatMapToInt(Arrays::stream).skip(removed).toArray();
    writer.labelled(chain);
  }
}
