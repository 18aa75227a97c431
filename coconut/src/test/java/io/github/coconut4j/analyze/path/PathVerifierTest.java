package io.github.coconut4j.analyze.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.AnswerFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outputs of every kind, made by hand for one problem. */
class PathVerifierTest {

  /**
   * Sally to yumpus takes two steps by gorpus or by zhorpus, three by gorpus and hilpus; Max leads
   * to lempus, and wumpus is a dead end.
   */
  private static final PathVerifier VERIFIER =
      new PathVerifier(
          ReasoningProblem.builder()
              .question(
                  "Sally is a gorpus. Sally is a zhorpus. Every gorpus is a yumpus."
                      + " Every zhorpus is a yumpus. Every gorpus is a hilpus."
                      + " Every hilpus is a yumpus. Every zhorpus is a wumpus. Max is a lempus."
                      + " Is Sally a lempus or yumpus?")
              .steps(List.of("Sally is a gorpus.", "Every gorpus is a yumpus."))
              .answer("Sally is a yumpus.")
              .build(),
          AnswerFormat.PUBLISHED);

  private static String output(String text) {
    return text.replace("/", "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "Sally is a gorpus./Every gorpus is a yumpus./### Sally is a yumpus., CORRECT_PATH",
    "Sally is a zhorpus./Every zhorpus is a yumpus./### Sally is a yumpus., CORRECT_PATH",
    "Sally is a gorpus./Every gorpus is a yumpus./### Sally is a lempus., CORRECT_PATH",
    "Sally is a gorpus./Every gorpus is a yumpus., CORRECT_PATH",
    "Sally is a gorpus./Every gorpus is a hilpus./Every hilpus is a yumpus./### S, LONGER_PATH",
    "Sally is a yumpus./### Sally is a yumpus., HALLUCINATION",
    "Sally is a gorpus./Every zhorpus is a yumpus./### Sally is a yumpus., HALLUCINATION",
    "Sally is a gorpus./Every gorpus is a lempus./### Sally is a lempus., HALLUCINATION",
    "Every gorpus is a yumpus./### Sally is a yumpus., HALLUCINATION",
    "Max is a lempus./### Sally is a lempus., HALLUCINATION",
    "Sally is a gorpus. Every gorpus is a yumpus./### Sally is a yumpus., HALLUCINATION",
    "gorpus gorpus, HALLUCINATION",
    "Sally is a zhorpus./Every zhorpus is a wumpus./### Sally is a wumpus., WRONG_TARGET",
    "Sally is a gorpus./### Sally is a yumpus., WRONG_TARGET",
    "### Sally is a yumpus., CORRECT_LABEL",
    "### Sally is a lempus., INCORRECT_LABEL",
    "###, INCORRECT_LABEL",
    "'', INCORRECT_LABEL"
  })
  void everyOutputHasItsClass(String text, PathClass expected) {
    assertThat(VERIFIER.classify(output(text))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "Every gorpus is a yumpus./### Sally is a yumpus., 1, CORRECT_PATH",
    "Every gorpus is a yumpus./### Sally is a yumpus., 0, HALLUCINATION",
    "Every hilpus is a yumpus./### Sally is a yumpus., 2, LONGER_PATH",
    "Every hilpus is a yumpus./### Sally is a yumpus., 1, HALLUCINATION",
    "Every zhorpus is a wumpus./### Sally is a wumpus., 1, WRONG_TARGET",
    "Max is a lempus./### Sally is a lempus., 6, HALLUCINATION",
    "Sally is a gorpus./Every gorpus is a yumpus./### Sally is a yumpus., 6, CORRECT_PATH"
  })
  void aPathMayBeginWithAThought(String text, int thoughts, PathClass expected) {
    assertThat(VERIFIER.classify(output(text), thoughts)).isEqualTo(expected);
  }

  @Test
  void theLabelIsJudgedByItself() {
    assertThat(VERIFIER.isLabelCorrect("anything ### Sally is a yumpus.")).isTrue();
    assertThat(VERIFIER.isLabelCorrect("### Sally is a lempus.")).isFalse();
    assertThat(VERIFIER.isLabelCorrect("Sally is a yumpus.")).isFalse();
  }

  @Test
  void theGraphIsReadFromTheText() {
    FactGraph graph = VERIFIER.getGraph();

    assertThat(graph.frontier(1)).containsExactlyInAnyOrder("gorpus", "zhorpus");
    assertThat(graph.frontier(2)).containsExactlyInAnyOrder("yumpus", "hilpus", "wumpus");
    assertThat(graph.frontier(3)).containsExactly("yumpus");
    assertThat(graph.frontier(4)).isEmpty();
    assertThat(graph.height("yumpus")).isZero();
    assertThat(graph.height("gorpus")).isOne();
    assertThat(graph.leadsToTarget("hilpus")).isTrue();
    assertThat(graph.leadsToTarget("wumpus")).isFalse();
  }

  @Test
  void aProblemOfAnotherFormIsRefused() {
    ReasoningProblem sum =
        ReasoningProblem.builder().question("1 + 1?").steps(List.of()).answer("2").build();

    assertThatThrownBy(() -> new PathVerifier(sum, AnswerFormat.PUBLISHED))
        .isInstanceOf(InvalidProblemException.class);
  }
}
