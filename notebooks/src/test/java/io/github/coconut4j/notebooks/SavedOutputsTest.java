package io.github.coconut4j.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a reader sees who runs nothing. */
class SavedOutputsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("."))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void itsCellsWereRunOnceInOrder(Path notebook) throws IOException {
    List<JsonNode> cells = codeCells(notebook);

    // The first cell's output names files of a machine; it is taken out with the cell's number.
    assertThat(cells.stream().skip(1).map(cell -> cell.get("execution_count").asInt()))
        .isEqualTo(IntStream.rangeClosed(2, cells.size()).boxed().toList());
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void itBeginsWithTheLibraryAsADependency(Path notebook) throws IOException {
    JsonNode first = codeCells(notebook).get(0);

    assertThat(text(first.get("source")))
        .contains("%dependency /add io.github.coconut4j:", "/resolve");
    assertThat(first.get("outputs")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void itsOutputsHavePicturesAndNeitherErrorsNorFilesOfAMachine(Path notebook) throws IOException {
    List<JsonNode> outputs =
        codeCells(notebook).stream().flatMap(cell -> stream(cell.get("outputs"))).toList();

    assertThat(outputs).anyMatch(output -> output.path("data").has("image/png"));
    assertThat(outputs).noneMatch(output -> output.get("output_type").asText().equals("error"));
    assertThat(outputs.stream().map(output -> text(output.path("text"))))
        .noneMatch(
            text -> text.contains("/tmp/") || text.contains("/root/") || text.contains("/home/"))
        .noneMatch(text -> text.contains("Added differentiated op"));
  }

  private static List<JsonNode> codeCells(Path notebook) throws IOException {
    return stream(JSON.readTree(notebook.toFile()).get("cells"))
        .filter(cell -> cell.get("cell_type").asText().equals("code"))
        .toList();
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  /** A text that notebooks keep as a list of lines. */
  private static String text(JsonNode lines) {
    return lines.isTextual()
        ? lines.asText()
        : String.join("", stream(lines).map(JsonNode::asText).toList());
  }
}
