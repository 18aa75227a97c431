package io.github.coconut4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.files.AtomicFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemJsonTest {

  private static final String GOOD = "{\"question\":\"q\",\"steps\":[\"s\"],\"answer\":\"a\"}";

  @TempDir Path folder;

  @Test
  void readsThePublishedProblems() throws IOException {
    List<ReasoningProblem> problems = PublishedProblems.read();

    assertThat(problems).hasSize(300);
    ReasoningProblem first = problems.get(0);
    assertThat(first.getQuestion()).endsWith("Is Tom a lempus or scrompus?");
    assertThat(first.getSteps()).hasSize(3).first().isEqualTo("Tom is a terpus.");
    assertThat(first.getAnswer()).isEqualTo("Tom is a lempus.");
    ProblemGraph graph = first.getGraph().orElseThrow();
    assertThat(graph.getSymbols()).hasSize(18).startsWith("Davis", "Tom");
    assertThat(graph.getEdges()).hasSize(23).contains(new ProblemGraph.Edge(14, 16));
    assertThat(List.of(graph.getRoot(), graph.getTarget(), graph.getNegativeTarget()))
        .containsExactly(1, 16, 13);
  }

  @Test
  void writesWhatTheReferenceWrote() throws IOException {
    Path file = folder.resolve("copy.json");
    ProblemJson.write(file, PublishedProblems.read());

    ObjectMapper mapper = new ObjectMapper();
    try (InputStream published = getClass().getResourceAsStream("/prosqa/prosqa_valid.json")) {
      assertThat(mapper.readTree(file.toFile())).isEqualTo(mapper.readTree(published));
    }
    assertThat(Files.readAllLines(file)).as("brackets and one problem a line").hasSize(302);
  }

  @Test
  void writesAndReadsProblemsWithoutGraphAndSteps() throws IOException {
    List<ReasoningProblem> problems =
        List.of(new ReasoningProblem("\"What\"\nis 1 + 1? \ud83e\udd65", List.of(), "2", null));
    Path file = folder.resolve("new/problems.json");
    ProblemJson.write(file, problems);

    assertThat(ProblemJson.read(file)).isEqualTo(problems);
    assertThat(file.getParent()).isDirectoryContaining("glob:**problems.json");
    assertThat(file.getParent().toFile().list()).hasSize(1);
  }

  @Test
  void keepsTheOldFileWhenWritingFails() throws IOException {
    Path file = folder.resolve("kept.txt");
    Files.writeString(file, "old");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    output -> {
                      output.write('n');
                      throw new IOException("disk full");
                    }))
        .hasMessageContaining("disk full");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("kept.txt");
  }

  @Test
  void readsNoFurtherThanTheLimit() throws IOException {
    assertThat(read("[" + GOOD + "," + GOOD + ", nonsense", 2)).hasSize(2);
  }

  @Test
  void skipsUnknownKeysWhateverTheyHold() throws IOException {
    String extra = GOOD.replace("{\"q", "{\"id\": {\"a\": [1, {\"b\": null}]}, \"q");
    assertThat(read("[" + extra + "]", 9)).isEqualTo(read("[" + GOOD + "]", 9));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\": 1}|must hold a JSON array of problems, found START_OBJECT",
        "``|must hold a JSON array of problems, found an empty file",
        "[GOOD, 7]|problem 1 (counted from 0): a problem must be an object {\"question\": …}, found 7",
        "[{\"steps\":[],\"answer\":\"a\"}]|problem 0 (counted from 0): question must be a text that is not"
            + " blank, found none",
        "[{\"question\":\"q\",\"answer\":\"a\"}]|steps must be a list of texts, found none",
        "[{\"question\":\" \",\"steps\":[],\"answer\":\"a\"}]|question must be a text that is not blank",
        "[{\"question\":\"q\",\"steps\":\"s\"}]|steps must be a list of texts, found the text 's'",
        "[{\"question\":\"q\",\"steps\":[\"s\", 5]}]|steps[1] must be a text, found 5",
        "[{\"question\":\"q\",\"steps\":[],\"answer\":3}]|answer must be a text, found 3",
        "[{\"question\":\"q\",\"question\":\"q\"}]|Duplicate field 'question'",
        "[{\"root\": 1.0}]|root must be a whole number, found 1.0",
        "[{\"root\": 99999999999}]|root must be a whole number below 2147483648, found 99999999999",
        "[{\"edges\": [[0, 1, 2]]}]|edges[0] must be a pair [from, to] and no more, found 2",
        "[{\"edges\": [[0]]}]|edges[0][1] must be a whole number, found nothing",
        "[{\"edges\": [{}]}]|edges[0] must be a pair [from, to], found an object",
        "[{\"question\":\"q\",\"steps\":[],\"answer\":\"a\",\"root\":0}]|found it without [idx_to_symbol,"
            + " edges, target, neg_target]",
        "[GOOD|must be valid JSON, found: ",
        "[GOOD] [GOOD]|must hold one array of problems, found more after it",
      })
  void saysWhatIsWrongWithAProblem(String json, String message) {
    assertThatThrownBy(() -> read(json.replace("GOOD", GOOD), 9))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("test.json")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "['a','b']|[[0,2]]|0|1|an edge's end must be a node from 0 to 1",
        "['a','b']|[[-1,1]]|0|1|an edge's start must be a node from 0 to 1",
        "['a','b']|[]|2|1|root must be a node from 0 to 1",
        "['a','b']|[]|0|-1|target must be a node from 0 to 1",
        "['a','a']|[]|0|1|idx_to_symbol must hold distinct names, found 'a' twice",
        "['a',' ']|[]|0|1|idx_to_symbol must hold distinct names, found ' '",
      })
  void refusesAGraphThatContradictsItself(
      String symbols, String edges, int root, int target, String message) {
    String json =
        String.format(
            Locale.ROOT,
            "[{\"question\":\"q\",\"steps\":[],\"answer\":\"a\",\"idx_to_symbol\":%s,\"edges\":%s,"
                + "\"root\":%d,\"target\":%d,\"neg_target\":0}]",
            symbols.replace('\'', '"'),
            edges,
            root,
            target);
    assertThatThrownBy(() -> read(json, 9))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesNestingThatWouldOverflowTheStack() {
    String deep = "[{\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}]";
    assertThatThrownBy(() -> read(deep, 9))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("depth");
  }

  @Test
  void refusesOtherEncodings() {
    byte[] latin1 = "[{\"question\":\"\u00e9 \"}]".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> ProblemJson.read(new ByteArrayInputStream(latin1), "test.json", 9))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("UTF-8");
  }

  private static List<ReasoningProblem> read(String json, int limit) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return ProblemJson.read(new ByteArrayInputStream(bytes), "test.json", limit);
  }
}
