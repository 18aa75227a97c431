package io.github.coconut4j.data.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemFileTest {

  @TempDir Path folder;

  /** Counted in the published file beforehand: 6 lines without a step, 4 answers with a comma. */
  @Test
  void readsTheAugmentedTextOfGsm8k() throws IOException, URISyntaxException {
    List<ReasoningProblem> problems =
        ProblemFile.read(Path.of(getClass().getResource("/gsm8k/gsm8k_icot_valid.txt").toURI()));

    assertThat(problems).hasSize(500);
    assertThat(problems.get(0).getQuestion()).startsWith("John cuts his grass to 2 inches.  It");
    assertThat(problems.get(0).getSteps())
        .containsExactly("<<4-2=2>>", "<<2/.5=4>>", "<<12/4=3>>", "<<100*3=300>>");
    assertThat(problems.get(0).getAnswer()).isEqualTo("300");
    assertThat(problems.stream().filter(problem -> problem.getSteps().isEmpty())).hasSize(6);
    assertThat(problems.stream().map(ReasoningProblem::getAnswer).filter(a -> a.contains(",")))
        .containsExactly("5,000", "30,000", "27,200", "3,380");
    assertThat(problems)
        .allSatisfy(
            problem ->
                assertThat(problem.getSteps()).allMatch(step -> step.matches("<<[^<> ]+>>")));
  }

  @Test
  void readsTheJsonLinesOfGsm8k() throws IOException {
    Path file =
        write(
            "{\"question\": \"How many clips?\", \"answer\": \"In May <<48/2=24>>24 clips.\\n"
                + "In all 48+24 = <<48+24=72>>72 clips.\\n#### 1,072\"}\n\n"
                + "{\"question\": \"And now?\", \"answer\": \"#### -3\"}\n");
    List<ReasoningProblem> problems = ProblemFile.read(file);
    assertThat(problems)
        .containsExactly(
            new ReasoningProblem(
                "How many clips?",
                List.of("In May 24 clips.", "In all 48+24 = 72 clips."),
                "1,072",
                null),
            new ReasoningProblem("And now?", List.of(), "-3", null));
    assertThat(ProblemFile.read(file, 1)).hasSize(1);
  }

  /** As the published implementation prepares it: query after question, sentences in pairs. */
  @Test
  void readsTheRawFileOfProntoQa() throws IOException {
    Path file =
        write(
            "{\"example1\": {\"test_example\": {\"question\": \"Each wumpus is a yumpus. Yumpuses are"
                + " shy. Max is a wumpus.\", \"query\": \"True or false: Max is not shy.\","
                + " \"chain_of_thought\": [\"Max is a wumpus.\", \"Each wumpus is a yumpus.\","
                + " \"Max is a yumpus.\", \"Yumpuses are shy.\", \"Max is shy.\"], \"answer\":"
                + " \"False\"}}, \"example2\": 7}");
    assertThat(ProblemFile.read(file, 1))
        .containsExactly(
            new ReasoningProblem(
                "Each wumpus is a yumpus. Yumpuses are shy. Max is a wumpus. True or false: Max is"
                    + " not shy.",
                List.of(
                    "Max is a wumpus. Each wumpus is a yumpus.",
                    "Max is a yumpus. Yumpuses are shy.",
                    "Max is shy."),
                "False",
                null));
    assertThatThrownBy(() -> ProntoQaJson.read(file, 2))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("data.txt, example2: test_example must be an object");
  }

  @Test
  void readsAnArray() throws IOException {
    List<ReasoningProblem> problems = List.of(new ReasoningProblem("q", List.of("s"), "a", null));
    Path file = folder.resolve("problems.json");
    ProblemJson.write(file, problems);
    assertThat(ProblemFile.read(file)).isEqualTo(problems);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "What is 1 + 1?~line 1: a problem must read 'question||steps #### answer', found 'What is",
        "5 apples #### 3~line 1: a problem must read 'question||steps #### answer', found '5 apples",
        "q|| <<1=1>> ####~line 1: answer must be a text that is not blank",
        "||<<1=1>> #### 1~line 1: question must be a text that is not blank",
        "{\"question\": \"q\"}~line 1: answer must be a text, found none",
        "{\"question\": 1, \"answer\": \"#### 2\"}~question must be a text, found NUMBER",
        "{\"question\": \"q\", \"answer\": \"2\"}~line 1: answer must end with '#### '",
        "{\"question\": \"q\", \"answer\": \"#### 2\"} x~line 1: a problem must be a JSON object on",
        "{\"a\": {\"b\": 1}}~, a: test_example must be an object with question, query and answer",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": 3}}}~a list of sentences, found 3; take",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": [1]}}}~a sentence of chain_of_thought must",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": []}}}~question must be a text, found none",
        "{\"a\": {\"test_example\": ~, a must be valid JSON, found: Unexpected end-of-input",
        "``~must hold a JSON array of problems, found an empty file",
      })
  void saysWhatIsWrongWithAFile(String content, String message) throws IOException {
    Path file = write(content);
    assertThatThrownBy(() -> ProblemFile.read(file))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void namesTheLineAndTheEncoding() throws IOException {
    Path second = write("q||<<1=1>> #### 1\n\nnonsense\n");
    assertThatThrownBy(() -> ProblemFile.read(second)).hasMessageContaining("data.txt, line 3: a");
    Path latin1 = folder.resolve("latin1.txt");
    Files.write(latin1, "caf\u00e9|| #### 1".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ProblemFile.read(latin1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("latin1.txt must be UTF-8 text");
  }

  private Path write(String content) throws IOException {
    return Files.writeString(folder.resolve("data.txt"), content);
  }
}
