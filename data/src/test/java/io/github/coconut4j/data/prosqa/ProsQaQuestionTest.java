package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.coconut4j.data.InvalidProblemException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProsQaQuestionTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bob is a gorpus. Every gorpus is a zumpus. Is Bob a zumpus or hilpus?",
        "Every gorpus is a zumpus. Is Bob a zumpus or hilpus?",
        "Is Bob a zumpus or hilpus?",
      })
  void readsWhatItWrites(String text) {
    assertThat(ProsQaQuestion.parse(text).text()).isEqualTo(text);
  }

  /** A search for a fact that begins later would take hours. */
  @ParameterizedTest
  @ValueSource(strings = {"A", "Every ", "Bob is a gorpus"})
  void aLongTextWithoutAFactIsRefusedAtOnce(String part) {
    String text = part.repeat(5_000_000 / part.length());

    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () ->
            assertThatThrownBy(() -> ProsQaQuestion.parse(text))
                .isInstanceOf(InvalidProblemException.class)
                .hasMessageContaining("must end with 'Is X a Y or Z?', found '" + part));
  }

  @Test
  void aFactMustBeginWhereTheLastOneEnds() {
    assertThatThrownBy(() -> ProsQaQuestion.parse("Bob is a gorpus. ? Is Bob a x or y?"))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("found '? Is Bob");
  }
}
