package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ReasoningProblem;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemEncoderTest {

  /** Index 3 of The, answer, is: and what follows; an option has its own word further on. */
  @ParameterizedTest
  @CsvSource({"Bob is a zumpus, 6", "zumpus, 3", "yes, 3"})
  void theDecisiveTokenIsTheFirstAfterThePrefixIfTheAnswerNamesNoOption(
      String answer, int decisive) {
    ReasoningProblem problem =
        ReasoningProblem.builder()
            .question("Bob is a zumpus. Is Bob a zumpus or hilpus?")
            .steps(List.of())
            .answer(answer)
            .graph(new ProblemGraph(List.of("Bob", "zumpus", "hilpus"), List.of(), 0, 1, 2))
            .build();
    ProblemEncoder encoder =
        ProblemEncoder.builder()
            .tokenizer(new WordTokenizer())
            .answers(new AnswerFormat("The answer is: "))
            .build();

    assertThat(encoder.encode(problem).getDecisive()).isEqualTo(decisive);
  }
}
