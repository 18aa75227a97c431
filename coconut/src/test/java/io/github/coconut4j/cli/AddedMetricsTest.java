package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every line is printed by the process that adds it. */
class AddedMetricsTest {

  @TempDir private Path directory;

  private String added(String before, String after, boolean resume) throws IOException {
    Path file = directory.resolve("metrics.jsonl");
    if (before != null) {
      Files.writeString(file, before);
    }
    AddedMetrics added = AddedMetrics.to(file, resume);
    if (after != null) {
      Files.writeString(file, after);
    }
    StringWriter output = new StringWriter();
    added.print(new PrintWriter(output));
    return output.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "1 2, 1 2 3 4, 3 4",
    "1 2, 1 2, ''",
    "1 2 3, 1 2 3b 4, 3b 4", // continued from an earlier checkpoint
    "1 2 3, 1 2, ''",
  })
  void aResumedTrainingPrintsWhatIsNew(String before, String after, String printed)
      throws IOException {
    assertThat(added(lines(before), lines(after), true)).isEqualTo(lines(printed));
  }

  private static String lines(String words) {
    return words.isEmpty() ? "" : words.replace(" ", "\n") + "\n";
  }

  @Test
  void anotherTrainingPrintsAll() throws IOException {
    assertThat(added("1\n2\n", "1\n2\n3\n", false)).isEqualTo("1\n2\n3\n");
  }

  @Test
  void aTrainingThatWroteNothingPrintsNothing() throws IOException {
    assertThat(added(null, null, true)).isEmpty();
  }
}
