package io.github.coconut4j.evaluate;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.AnswerFormat;
import lombok.Value;

/** What a model wrote for a problem, and whether it is right. */
@Value
public class ScoredGeneration {

  /** The problem. */
  ReasoningProblem problem;

  /** What was written. */
  Generation generation;

  /** Whether the answer equals the problem's, commas and outer blanks aside. */
  public boolean isCorrect() {
    return AnswerFormat.normalised(problem.getAnswer()).equals(generation.getAnswer());
  }

  /** Whether the text before the answer's mark is the problem's steps, a line each. */
  public boolean isChainMatch() {
    return generation.getChain().equals(String.join("\n", problem.getSteps()));
  }
}
