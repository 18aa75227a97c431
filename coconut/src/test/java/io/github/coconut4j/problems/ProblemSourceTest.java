package io.github.coconut4j.problems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemSourceTest {

  @TempDir private Path directory;

  private List<ReasoningProblem> problems(String value) throws IOException {
    return ProblemSource.of(value).problems(Set.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"question\": \"How many?\", \"steps\": [\"1+1=2\"], \"answer\": \"2\"}]",
        "How many?||1+1=2 #### 2",
        "{\"question\": \"How many?\", \"answer\": \"1+1=2\\n#### 2\"}",
        "{\"example1\": {\"test_example\": {\"question\": \"How\", \"query\": \"many?\","
            + " \"chain_of_thought\": [\"1+1=2\"], \"answer\": \"2\"}}}"
      })
  void readsEveryFormOfFile(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("problems"), content);
    ReasoningProblem expected =
        ReasoningProblem.builder()
            .question("How many?")
            .steps(List.of("1+1=2"))
            .answer("2")
            .build();

    assertThat(problems(file.toString())).containsExactly(expected);
  }

  @Test
  void readsTheAugmentedTextOfGsm8k() throws IOException {
    assertThat(problems("../data/src/test/resources/gsm8k/gsm8k_icot_valid.txt")).hasSize(500);
  }

  @Test
  void makesProntoQaProblems() throws IOException {
    List<ReasoningProblem> problems = problems("prontoqa:40:3");

    assertThat(problems)
        .hasSize(40)
        .allSatisfy(problem -> assertThat(problem.getSteps()).hasSize(6))
        .isEqualTo(problems("prontoqa:40:3"))
        .isNotEqualTo(problems("prontoqa:40:4"));
    assertThat(problems("prontoqa:2:3:hops=1").get(0).getSteps()).hasSize(2);
  }

  @Test
  void refusesALimitOfFactsThatNoProblemKeeps() {
    assertThatThrownBy(() -> problems("prosqa:3:1:max_facts=1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("max_facts");
  }
}
