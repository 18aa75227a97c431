package io.github.coconut4j.data.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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
        .hasMessageContaining("data.txt, line 1, example2: test_example must be an object");
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
        "What is 1 + 1?~line 1, problem 0 (counted from 0): a problem must read 'question||steps #### answer', found 'What is",
        "5 apples #### 3~line 1, problem 0 (counted from 0): a problem must read 'question||steps #### answer', found '5 apples",
        "q|| <<1=1>> ####~line 1, problem 0 (counted from 0): answer must be a text that is not blank",
        "||<<1=1>> #### 1~line 1, problem 0 (counted from 0): question must be a text that is not blank",
        "{\"question\": \"q\"}~line 1, problem 0 (counted from 0): answer must be a text, found none",
        "{\"question\": 1, \"answer\": \"#### 2\"}~question must be a text, found NUMBER",
        "{\"question\": \"q\", \"answer\": \"2\"}~line 1, problem 0 (counted from 0): answer must end with '#### '",
        "{\"question\": \"q\", \"answer\": \"#### 2\"} x~line 1, problem 0 (counted from 0): a problem must be a JSON object on",
        "{\"a\": {\"b\": 1}}~, a: test_example must be an object with question, query and answer",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": 3}}}~a list of sentences, found 3; take",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": [1]}}}~a sentence of chain_of_thought must",
        "{\"a\": {\"test_example\": {\"chain_of_thought\": []}}}~question must be a text, found none",
        "{\"a\": {\"test_example\": ~, a must be valid JSON, found: Unexpected end-of-input",
        "{\"a\": PRONTOQA} {\"b\": PRONTOQA}~ must hold one object of examples, found more after it; merge",
        "{\"a\": PRONTOQA} b~, a must be valid JSON, found: Unrecognized token 'b'",
        "{\"a\": PRONTOQA, \"a\": PRONTOQA}~, a must be valid JSON, found: Duplicate field 'a'",
        "{\"a\": {\"test_example\": {\"query\": \"\", \"query\": \"\"}}}~Duplicate field 'query'",
        "{\"question\": \"q\", \"question\": \"r\", \"answer\": \"#### 2\"}~line 1, problem 0 (counted from 0): a problem must be a JSON object on a line of its own, found: Duplicate field 'question'",
        "``~must hold a JSON array of problems, found an empty file",
      })
  void saysWhatIsWrongWithAFile(String content, String message) throws IOException {
    String example =
        "{'test_example': {'question': 'q', 'query': 'r', 'chain_of_thought': [], 'answer': 'a'}}";
    Path file = write(content.replace("PRONTOQA", example.replace('\'', '"')));
    assertThatThrownBy(() -> ProblemFile.read(file))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void namesTheLineAndTheEncoding() throws IOException {
    Path second = write("q||<<1=1>> #### 1\n\nnonsense\n");
    assertThatThrownBy(() -> ProblemFile.read(second))
        .hasMessageContaining("data.txt, line 3, problem 1 (counted from 0): a");
    Path latin1 = folder.resolve("latin1.txt");
    Files.write(latin1, "caf\u00e9|| #### 1".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> ProblemFile.read(latin1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining(
            "latin1.txt, line 1, problem 0 (counted from 0): a line must be UTF-8 text, found the byte E9");
  }

  private static final ReasoningProblem NONE = new ReasoningProblem("q", List.of(), "a", null);

  /** What the published script writes for a problem without steps, and its like. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[{'question': 'q', 'steps': [''], 'answer': 'a'}]",
        "[{'question': 'q', 'steps': ['  ', '\\t', '\\u00a0', '\\n'], 'answer': 'a'}]",
        "[{'question': 'q', 'steps': [null, ''], 'answer': 'a'}]",
        "[{'question': 'q', 'steps': null, 'answer': 'a'}]",
        "{'question': 'q', 'steps': [''], 'answer': 'a'}",
        "{'answer': 'a', 'steps': null, 'id': {'x': {}}, 'question': 'q'}",
        "{'id': {'test': 1}, 'question': 'q', 'steps': [' '], 'answer': 'a'}",
        "{'question': 'q', 'answer': ' \\n\\u00a0\\n#### a'}",
        "q|| #### a",
        "q||\u00a0 \u3000 #### a",
        "{'e': {'test_example': {'question': 'q', 'query': '', 'chain_of_thought': ['', ' '],"
            + " 'answer': 'a'}}}",
      })
  void readsBlankStepsAsNone(String content) throws IOException {
    Path file = write(content.replace('\'', '"'));
    for (List<ReasoningProblem> problems :
        List.of(ProblemFile.read(file), ProblemFile.index(file))) {
      assertThat(problems)
          .extracting(problem -> problem.getQuestion().strip(), ReasoningProblem::getSteps)
          .containsExactly(tuple("q", List.of()));
    }
  }

  @Test
  void keepsTheStepsBetweenBlankOnes() throws IOException {
    Path file = write("[{\"question\":\"q\",\"steps\":[\"\",\"b\",\" \",\"c\"],\"answer\":\"a\"}]");
    assertThat(ProblemFile.read(file).get(0).getSteps()).containsExactly("b", "c");
    assertThat(ProntoQaJson.steps(List.of("one", "", "two", "three")))
        .containsExactly("one two", "three");
  }

  /** The array's problems, with their graphs, one a line; named as an array would be. */
  @Test
  void readsProblemsOneALine() throws IOException, URISyntaxException {
    Path array = Path.of(getClass().getResource("/prosqa/prosqa_valid.json").toURI());
    List<ReasoningProblem> expected = ProblemJson.read(array);
    List<String> objects = new ArrayList<>();
    new ObjectMapper().readTree(array.toFile()).forEach(object -> objects.add(object.toString()));
    for (String lineEnd : List.of("\n", "\r\n", "\r", "\n\n", " \r\n \t\r\n")) {
      Path lines =
          Files.writeString(
              folder.resolve("problems.json"), "\ufeff" + String.join(lineEnd, objects));

      assertThat(ProblemFile.read(lines)).isEqualTo(expected);
      assertThat(ProblemFile.index(lines)).isEqualTo(expected);
      assertThat(ProblemFile.read(lines, 3)).isEqualTo(expected.subList(0, 3));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "GOOD|GOOD {}~line 2, problem 1 (counted from 0): a problem must be a JSON object on a line",
        "GOOD||{'question': 'q', 'steps': 's', 'answer': 'a'}~line 3, problem 1 (counted from 0):"
            + " steps must be a list of texts, found the text 's'",
        "GOOD|{'question': 'q', 'answer': 'a'}~line 2, problem 1 (counted from 0): answer must end",
        "GOOD|{'question': 'q', 'answer': 'a'}~give the problem its \"steps\"",
        "GOOD|[]~line 2, problem 1",
        "GOOD|{'question': 'q', 'steps': [], 'answer': 'a', 'root': 1}~found it without [idx_to_",
        "[GOOD,|GOOD,|{'question': 5}]~line 3, problem 2 (counted from 0): question must be a text",
        "[GOOD|GOOD]~problem 1 (counted from 0): must be valid JSON",
        "{|'question': 'q', 'steps': [], 'answer': 'a'|}~line 1, problem 0",
      })
  void namesTheLineAndTheProblem(String content, String message) throws IOException {
    String good = "{'question': 'q', 'steps': [], 'answer': 'a'}";
    Path file = write(content.replace("GOOD", good).replace('\'', '"').replace('|', '\n'));
    for (ThrowingCallable reading :
        List.<ThrowingCallable>of(() -> ProblemFile.read(file), () -> ProblemFile.index(file))) {
      assertThatThrownBy(reading)
          .isInstanceOf(InvalidProblemException.class)
          .hasMessageStartingWith(file.toString())
          .hasMessageContaining(message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[{'question': 'q', 'steps': [], 'answer': 'a'}]",
        "{'question': 'q', 'steps': [], 'answer': 'a'}",
        "{'question': 'q', 'answer': '#### a'}",
        "q||#### a",
      })
  void dropsAByteOrderMark(String content) throws IOException {
    String text = content.replace('\'', '"');
    Path file = write("\ufeff" + text + (text.startsWith("[") ? "\n" : "\n\ufeff" + text + "\n"));
    assertThat(ProblemFile.read(file)).isNotEmpty().allMatch(NONE::equals);
    assertThat(ProblemFile.index(file)).isEqualTo(ProblemFile.read(file));
  }

  @Test
  void aPointerOfGitLfsIsCalledOne() throws IOException {
    Path pointer = folder.resolve("problems.json");
    Files.writeString(
        pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");

    assertThatThrownBy(() -> ProblemFile.read(pointer))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("problems.json, line 1")
        .hasMessageContaining("git lfs pull");
  }

  @Test
  void namesUtf16() throws IOException {
    for (String content : List.of("q||#### a", "{\"question\": \"q\", \"answer\": \"#### a\"}")) {
      for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
        Path marked = folder.resolve("marked.txt");
        Files.write(marked, ("\ufeff" + content).getBytes(charset));
        assertThatThrownBy(() -> ProblemFile.index(marked))
            .isInstanceOf(InvalidProblemException.class)
            .hasMessageContaining("marked.txt, line 1")
            .hasMessageContaining("UTF-16");
        Path unmarked = folder.resolve("unmarked.txt");
        Files.write(unmarked, content.getBytes(charset));
        assertThatThrownBy(() -> ProblemFile.index(unmarked))
            .isInstanceOf(InvalidProblemException.class)
            .hasMessageContaining("UTF-16");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[GOOD, {'question': 'q \\ud83e', 'steps': [], 'answer': 'a'}]~question",
        "[GOOD, {'question': 'q', 'steps': ['', '\\udd65 s'], 'answer': 'a'}]~steps[1]",
        "[GOOD, {'question': 'q', 'steps': [], 'answer': 'a\\ud83e\\ud83e\\udd65'}]~answer",
        "GOOD|{'question': 'q\\ud83e', 'steps': [], 'answer': 'a'}~question",
        "GOOD|{'question': 'q\\ud83e', 'answer': '#### a'}~question",
        "[GOOD, {'question': 'q', 'steps': [], 'answer': 'a', 'idx_to_symbol': ['\\ud83e'], 'edges':"
            + " [], 'root': 0, 'target': 0, 'neg_target': 0}]~idx_to_symbol",
      })
  void namesTheProblemThatIsCutInsideACharacter(String content, String key) throws IOException {
    String good = "{'question': '\ud83e\udd65', 'steps': [], 'answer': 'a'}";
    Path file = write(content.replace("GOOD", good).replace('\'', '"').replace('|', '\n'));
    assertThatThrownBy(() -> ProblemFile.index(file))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("problem 1 (counted from 0): " + key + " must be whole characters");
  }

  /** A shell's process substitution, a FIFO and standard input are all of this kind. */
  private Path write(String content) throws IOException {
    return Files.writeString(folder.resolve("data.txt"), content);
  }
}
