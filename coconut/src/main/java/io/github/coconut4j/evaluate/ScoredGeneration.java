package io.github.coconut4j.evaluate;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.AnswerFormat;
import lombok.Value;

/** A model's generation for a problem, and whether it is correct. */
@Value
public class ScoredGeneration {

  /** The problem. */
  ReasoningProblem problem;

  /** The generation. */
  Generation generation;

  /** Whether the answer equals the problem's, ignoring commas and surrounding blanks. */
  public boolean isCorrect() {
    return AnswerFormat.normalised(problem.getAnswer()).equals(generation.getAnswer());
  }

  /** Whether the text before the answer's mark equals the problem's steps, one per line. */
  public boolean isChainMatch() {
    return generation.getChain().equals(String.join("\n", problem.getSteps()));
  }
}
