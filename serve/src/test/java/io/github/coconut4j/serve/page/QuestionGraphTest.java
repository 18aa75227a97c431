package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuestionGraphTest {

  /** Names may have characters that mean something in a regular expression. */
  @ParameterizedTest
  @CsvSource({
    "'### Bob is a b+.', b+",
    "'Every x( is a b+.\n### Bob is a x(', x(",
    "x(, x(",
    "'Bob is a ab+.', ",
    "'Bob is a éb+.', ",
    "'Bob is a bb.', ",
    "'Bob is a b+ or not.', ",
    ", ",
  })
  void anAnswerNamesAnOptionAtItsEnd(String answer, String option) {
    QuestionGraph graph = QuestionGraph.of("Bob is a x(. Every x( is a [a. Is Bob a x( or b+?");

    assertThat(graph.getRight()).isEqualTo("x(");
    assertThat(graph.chosen(answer).orElse(null)).isEqualTo(option);
  }
}
