package io.github.coconut4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import io.github.coconut4j.data.reader.ProblemFile;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexedProblemsTest {

  private static final String ODD =
      """
       [ {"question":"Grüße, 🥕?","steps":[ ],"answer":"é"}\s

      ,{"x":[{}],"answer":"b","steps":["s"],"question":"q\\u00e9"}] \s
      """;

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void file() {
    file = directory.resolve("data.json");
  }

  @Test
  void readsWhatTheReaderReads() throws IOException {
    ProsQaOptions options = ProsQaOptions.builder().seed(3).build();
    ProblemJson.write(file, new ProsQaGenerator(options).generate(50, Set.of()));
    List<ReasoningProblem> indexed = ProblemJson.index(file);

    assertThat(indexed).isInstanceOf(IndexedProblems.class).isEqualTo(ProblemJson.read(file));
    assertThat(indexed.subList(10, 20)).isEqualTo(ProblemJson.read(file).subList(10, 20));
    assertThat(IntStream.range(0, 50).parallel().mapToObj(indexed::get).toList())
        .isEqualTo(ProblemJson.read(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {ODD, "\ufeff" + ODD, "[]", " [\n] "})
  void placesAreRightInAnyLayout(String json) throws IOException {
    Files.writeString(file, json);

    assertThat(ProblemJson.index(file)).isEqualTo(ProblemJson.read(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-32"})
  void otherEncodingsAreReadAtOnce(String charset) throws IOException {
    Files.writeString(file, ODD, Charset.forName(charset));

    assertThat(ProblemJson.index(file)).hasSize(2).isEqualTo(ProblemJson.read(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r", "\n\n \n"})
  void linesHaveTheirPlacesToo(String end) throws IOException {
    Files.writeString(file, "a é||<<1+1=2>> #### 2" + end + "b||#### 3" + end + "c||x y #### 4");

    List<ReasoningProblem> indexed = ProblemFile.index(file);

    assertThat(indexed).isInstanceOf(IndexedProblems.class).isEqualTo(ProblemFile.read(file));
    assertThat(indexed).extracting(ReasoningProblem::getAnswer).containsExactly("2", "3", "4");
  }

  @Test
  void everyProblemIsCheckedAtOnce() throws IOException {
    Files.writeString(file, ODD.replace("\"b\"", "7"));

    assertThatThrownBy(() -> ProblemJson.index(file))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("problem 1 (counted from 0): answer must be a text");
  }

  @Test
  void aFileThatChangesIsRefused() throws IOException {
    Files.writeString(file, ODD);
    List<ReasoningProblem> indexed = ProblemJson.index(file);
    Files.write(file, (ODD + " ").getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> indexed.get(0))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("data.json must stay as it is while it is used");
  }
}
