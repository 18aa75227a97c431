package io.github.coconut4j.problems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ConstructedGenerator;
import io.github.coconut4j.data.prosqa.ConstructedOptions;
import io.github.coconut4j.data.prosqa.GraphKind;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** A file in the working directory, whose path is only its name. */
  @Test
  void aRelativePathThatLooksLikeAGenerator() throws IOException {
    Path file = Path.of("prosqa:2:1:" + System.nanoTime());
    try {
      Files.writeString(file, LINE);

      assertThat(problems(file.toString())).hasSize(1);
      assertThat(problems(file + "+" + file)).hasSize(2);
      assertThat(SourceParser.shortened(file.toString())).isEqualTo(file.toString());
    } finally {
      Files.delete(file);
    }
    assertThat(SourceParser.shortened("prosqa:2:1")).isEqualTo("prosqa");
    assertThat(SourceParser.shortened("runs/a:1/x.json")).isEqualTo("x");
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

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "prosqa-deep:30:1:min_steps=3,max_steps=20,nodes=60;DEEP;60;3;20",
        "prosqa-chains:30:1:min_steps=20,max_steps=20,nodes=42;CHAINS;42;20;20",
        "prosqa-stars:30:1:nodes=82,max_steps=20,min_steps=4;STARS;82;4;20",
        "prosqa-dag:30:1:nodes=61,max_steps=9;DAG;61;3;9",
        "prosqa-deep:30:1;DEEP;28;3;6",
      })
  void makesProblemsThatAreConstructed(
      String value, GraphKind kind, int nodes, int minSteps, int maxSteps) throws IOException {
    ConstructedOptions options =
        ConstructedOptions.builder()
            .kind(kind)
            .nodes(nodes)
            .minSteps(minSteps)
            .maxSteps(maxSteps)
            .seed(1)
            .build();
    assertThat(problems(value)).isEqualTo(new ConstructedGenerator(options).generate(30));
    assertThat(ProblemSource.of(value).names()).isEqualTo(ProsQaNames.extended());
    assertThat(SourceParser.shortened(value)).isEqualTo(value.substring(0, value.indexOf(':')));
  }

  /** For models that know only the published names. */
  @Test
  void keepsToThePublishedNamesWhereAsked() throws IOException {
    String value = "prosqa-deep:30:1:nodes=30,people=17,concepts=38";
    assertThat(ProblemSource.of(value).names()).isEqualTo(ProsQaNames.published());
    Set<String> concepts = Set.copyOf(ProsQaNames.published().getConcepts());
    Set<String> people = Set.copyOf(ProsQaNames.published().getPeople());
    assertThat(problems(value))
        .flatExtracting(problem -> problem.getGraph().orElseThrow().getSymbols())
        .allMatch(name -> concepts.contains(name) || people.contains(name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "prosqa-deep:5:1:min_steps=3,max_steps=20;nodes must be at least 42",
        "prosqa-deep:5:1:min_steps=6,max_steps=5;maxSteps must be at least minSteps, 6, found 5",
        "prosqa-deep:5:1:min_steps=0;minSteps must be at least 1",
        "prosqa-stars:5:1:nodes=30,max_steps=8;nodes must be at least 34",
        "prosqa-dag:5:1:nodes=168;nodes must be at most 167",
        "prosqa-dag:5:1:nodes=60,concepts=38;nodes must be at most 40",
        "prosqa-chains:5:1:people=1;2 people or more, found 1",
        "prosqa-deep:5:1:concepts=166;concepts needs to be from 1 to 165 but is 166",
        "prosqa-deep:5:1:people=65;people needs to be from 1 to 64 but is 65",
        "prosqa-deep:5:1:depth=20;one is depth=20",
        "prosqa-deep:5:1:nodes=30,nodes=40;nodes is given twice",
        "prosqa-deep:5:1:;of nodes",
        "prosqa-deep:x:1;prosqa-deep",
        "prosqa-deep:-5:1;prosqa-deep",
        "prosqa-depp:5:1;prosqa-deep",
        "prosqa-deep:5:1:max_facts=10;max_facts",
      })
  void saysWhatIsWrongWithAGenerator(String value, String message) {
    assertThatThrownBy(() -> problems(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
