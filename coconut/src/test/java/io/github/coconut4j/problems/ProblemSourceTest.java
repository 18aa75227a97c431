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

  private static final String LINE = "How many?||1+1=2 #### 2\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a+b.txt",
        "+",
        "a++",
        "C++/x+y.txt",
        "prosqa:2:1",
        "prosqa-balanced:x",
        "c:1.txt",
        "C:\\data.txt",
        "a:b+prontoqa:1:1",
        "a b#c?*.txt",
        "@x",
        "gr\u00fc\u00dfe+\ud83e\udd65.txt",
      })
  void aPathThatExistsIsAPath(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, LINE);
    Path other = Files.writeString(directory.resolve("other+1"), LINE + LINE);

    assertThat(problems(file.toString())).hasSize(1);
    assertThat(problems(file + "+" + other)).hasSize(3);
    assertThat(problems(other + "+prosqa:2:1+" + file)).hasSize(5);
    assertThat(problems(file + "+" + file + "+" + other)).hasSize(4);
  }

  /** From the working directory, where no folder stands before the name. */
  @Test
  void aRelativePathThatLooksLikeAGenerator() throws IOException {
    Path file = Path.of("prosqa:2:1:" + System.nanoTime());
    try {
      Files.writeString(file, LINE);

      assertThat(problems(file.toString())).hasSize(1);
      assertThat(problems(file + "+" + file)).hasSize(2);
      assertThat(SourceNames.shortened(file.toString())).isEqualTo(file.toString());
    } finally {
      Files.delete(file);
    }
    assertThat(SourceNames.shortened("prosqa:2:1")).isEqualTo("prosqa");
    assertThat(SourceNames.shortened("runs/a:1/x.json")).isEqualTo("x");
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), LINE);

    assertThatThrownBy(() -> problems(file + "+nowhere"))
        .hasMessageContaining(
            "The data file nowhere needs to be a file or a pipe but does not exist")
        .hasMessageContaining("a part of " + file + "+nowhere, where + joins");
    for (String value : List.of("", " ", file + "+", "+" + file, file + "++" + file)) {
      assertThatThrownBy(() -> problems(value))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("`" + value + "`");
    }
    assertThatThrownBy(() -> problems("c:1.txt"))
        .hasMessageContaining("c:1.txt needs to be a file");
    assertThatThrownBy(() -> problems("prosqa:many")).hasMessageContaining("prosqa:COUNT:SEED");
  }

  @Test
  void refusesALimitOfFactsThatNoProblemKeeps() {
    assertThatThrownBy(() -> problems("prosqa:3:1:max_facts=1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("max_facts");
  }
}
