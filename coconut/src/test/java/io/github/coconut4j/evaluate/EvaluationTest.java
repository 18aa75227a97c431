package io.github.coconut4j.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.AnswerFormat;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  private static ScoredGeneration scored(String answer, String output, int tokens) {
    ReasoningProblem problem =
        ReasoningProblem.builder()
            .question("q")
            .steps(List.of("one", "two"))
            .answer(answer)
            .build();
    return new ScoredGeneration(
        problem, new Generation("q", 2, output, new int[0], tokens, AnswerFormat.PUBLISHED));
  }

  @Test
  void scoresAnswersAndChains() {
    Evaluation evaluation =
        new Evaluation(
            List.of(
                scored("1,000", "one\ntwo\n### 1000", 4),
                scored("5", "two\n### 5", 3),
                scored("5", "one\ntwo\n### 6", 4),
                scored("5", "5", 1)),
            1.5);

    assertThat(evaluation.accuracy()).isEqualTo(0.5);
    assertThat(evaluation.chainMatch()).isEqualTo(0.5);
    assertThat(evaluation.meanTokens()).isEqualTo(3);
    assertThat(evaluation.meanWords()).isEqualTo((4 + 3 + 4 + 1) / 4.0);
    assertThat(evaluation.meanGpt2Tokens()).isEqualTo(2 + (6 + 4 + 6 + 1) / 4.0);
    assertThat(evaluation.latents()).isEqualTo(2);
  }

  @Test
  void scoresEachNumberOfStepsByItself() {
    List<ScoredGeneration> generations =
        List.of(ofSteps(3, true), ofSteps(10, false), ofSteps(3, false), ofSteps(3, true));

    assertThat(new Evaluation(generations, 1).bySteps())
        .containsExactly(new StepsScore(3, 3, 2), new StepsScore(10, 1, 0));
    StepsScore score = new StepsScore(7, 263, 81);
    assertThat(score.accuracy()).isEqualTo(81 / 263.0);
    assertThat(score.accuracyInterval()).isEqualTo(Interval.wilson(81, 263));
  }

  private static ScoredGeneration ofSteps(int steps, boolean correct) {
    ReasoningProblem problem =
        ReasoningProblem.builder()
            .question("q")
            .steps(Collections.nCopies(steps, "one"))
            .answer("5")
            .build();
    String output = "### " + (correct ? 5 : 6);
    return new ScoredGeneration(
        problem, new Generation("q", 2, output, new int[0], 3, AnswerFormat.PUBLISHED));
  }

  /** Values of R's prop.test(81, 263, correct = FALSE), as Newcombe (1998) tabulates them. */
  @Test
  void theIntervalIsWilsons() {
    Interval interval = Interval.wilson(81, 263);

    assertThat(interval.getLow()).isCloseTo(0.2553, within(5e-5));
    assertThat(interval.getHigh()).isCloseTo(0.3662, within(5e-5));
  }

  @Test
  void theIntervalStaysWithinZeroAndOne() {
    assertThat(Interval.wilson(500, 500).getHigh()).isCloseTo(1, within(1e-12));
    assertThat(Interval.wilson(0, 500).getLow()).isCloseTo(0, within(1e-12));
  }
}
