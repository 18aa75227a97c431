package io.github.coconut4j.generate;

import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.List;
import java.util.stream.IntStream;

/** Questions that are answered after as many thoughts as needed. */
final class HaltingInputs {

  static final int MOST = 5;
  static final List<String> QUESTIONS =
      TinyModels.problems(9, 3).stream().map(ReasoningProblem::getQuestion).toList();

  private HaltingInputs() {}

  static GenerationOptions.GenerationOptionsBuilder options() {
    return GenerationOptions.builder().maxNewTokens(7);
  }

  /** The largest number of latents of each question: 0 of the first, 3, and {@link #MOST}. */
  static int[] most() {
    return IntStream.range(0, QUESTIONS.size()).map(i -> i < 2 ? 3 * i : MOST).toArray();
  }
}
