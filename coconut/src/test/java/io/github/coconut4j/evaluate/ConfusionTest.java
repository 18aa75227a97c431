package io.github.coconut4j.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.AnswerFormat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionTest {

  private static final String QUESTION = "Bob is a gorpus. Is Bob a gorpus or hilpus?";
  private static final String FIRST = "Bob is a gorpus.";
  private static final String SECOND = "Bob is a hilpus.";

  private static ScoredGeneration scored(String question, String right, String output) {
    ReasoningProblem problem =
        ReasoningProblem.builder().question(question).steps(List.of()).answer(right).build();
    return new ScoredGeneration(
        problem, new Generation(question, 0, output, new int[0], 1, AnswerFormat.PUBLISHED));
  }

  private static List<ScoredGeneration> times(
      int count, String question, String right, String output) {
    return Collections.nCopies(count, scored(question, right, output));
  }

  /** 6 and 2 of 10, 1 and 9 of 12: precisions 6/7 and 9/11, recalls 6/10 and 9/12. */
  private static Evaluation prosqa() {
    List<ScoredGeneration> answers = new ArrayList<>();
    answers.addAll(times(6, QUESTION, FIRST, "chain\n### " + FIRST));
    answers.addAll(times(2, QUESTION, FIRST, "### " + SECOND));
    answers.addAll(times(1, QUESTION, FIRST, "### Bob is a zumpus."));
    answers.addAll(times(1, QUESTION, FIRST, FIRST));
    answers.addAll(times(1, QUESTION, SECOND, "### " + FIRST));
    answers.addAll(times(9, QUESTION, SECOND, "### " + SECOND));
    answers.addAll(times(2, QUESTION, SECOND, "### hilpus"));
    return new Evaluation(answers, 1);
  }

  @Test
  void countsTheOptionNamedAgainstTheRightOne() {
    Confusion confusion = prosqa().confusion().orElseThrow();

    assertThat(confusion.getLabels()).containsExactly("first", "second", "neither");
    assertThat(confusion.getCounts())
        .containsExactly(List.of(6, 2, 2), List.of(1, 9, 2), List.of(0, 0, 0));
    double first = 2 * 6 / (2.0 * 6 + 1 + 4);
    double second = 2 * 9 / (2.0 * 9 + 2 + 3);
    assertThat(confusion.getF1()).isCloseTo((first + second) / 2, within(1e-12));
    assertThat(confusion.hasAllCounts()).isTrue();
  }

  @Test
  void theDiagonalIsWhatIsRight() {
    Evaluation evaluation = prosqa();
    org.nd4j.evaluation.classification.Evaluation nd4j =
        evaluation.confusion().orElseThrow().toNd4j();

    assertThat(nd4j.accuracy()).isEqualTo(evaluation.accuracy());
    assertThat(nd4j.f1()).isCloseTo(evaluation.confusion().get().getF1(), within(1e-12));
    assertThat(nd4j.stats()).contains("first", "second", "neither");
  }

  @Test
  void namesTheTruthOfProntoQa() {
    List<ScoredGeneration> answers = new ArrayList<>();
    answers.addAll(times(3, "Tom is red. True or false: Tom is red.", "True", "### True"));
    answers.addAll(times(1, "Tom is red. True or false: Tom is blue.", "False", "### True"));
    answers.addAll(times(2, "Tom is red. True or false: Tom is blue.", "False", "### Maybe"));

    Confusion confusion = new Evaluation(answers, 1).confusion().orElseThrow();

    assertThat(confusion.getLabels()).containsExactly("True", "False", "neither");
    assertThat(confusion.getCounts())
        .containsExactly(List.of(3, 0, 0), List.of(1, 0, 2), List.of(0, 0, 0));
    // No answer named False: its F1 is 0. ND4J's mean would leave it out and be 6/7.
    assertThat(confusion.getF1()).isCloseTo((6 / 7.0 + 0) / 2, within(1e-12));
  }

  @Test
  void aModelThatNamesNoOptionHasAnF1OfZero() {
    assertThat(
            new Evaluation(times(2, QUESTION, FIRST, "### ?"), 1).confusion().orElseThrow().getF1())
        .isZero();
  }

  @Test
  void problemsWithoutTwoOptionsHaveNone() {
    List<List<ScoredGeneration>> others =
        List.of(
            times(2, "How many are 2 and 3?", "5", "### 5"),
            times(2, QUESTION, "Bob is a zumpus.", "### " + FIRST),
            times(2, "Is Bob a gorpus or gorpus?", FIRST, "### " + FIRST),
            List.of(
                scored(QUESTION, FIRST, "### " + FIRST),
                scored("Tom is red. True or false: Tom is red.", "True", "### True")),
            List.of(
                scored(QUESTION, FIRST, "### " + FIRST),
                scored("How many are 2 and 3?", "5", "### 5")));

    assertThat(others)
        .allSatisfy(answers -> assertThat(new Evaluation(answers, 1).confusion()).isEmpty());
  }
}
