package io.github.coconut4j.serve.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader sees of a file that another process writes. */
class GrowingFileTest {

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("metrics.jsonl");
  }

  private GrowingFile read(String place) throws IOException {
    return GrowingFile.read(file, place);
  }

  @Test
  void onlyCompleteLinesThatAreNewAreRead() throws IOException {
    Files.writeString(file, "one\ntwo\nthr");
    GrowingFile first = read("");
    assertThat(first.getText()).isEqualTo("one\ntwo\n");
    assertThat(first.isRestarted()).isTrue();

    Files.writeString(file, "ee\n", StandardOpenOption.APPEND);
    GrowingFile second = read(first.getPlace());
    assertThat(second.getText()).isEqualTo("three\n");
    assertThat(second.isRestarted()).isFalse();
    assertThat(read(second.getPlace()).getText()).isEmpty();
    assertThat(read(second.getPlace()).isRestarted()).isFalse();
  }

  /** Also if it is longer at once, and has the number that the old one had on the disk. */
  @Test
  void aFileInPlaceOfAnotherIsReadFromItsBeginning() throws IOException {
    Files.writeString(file, "one\ntwo\n");
    String place = read("").getPlace();
    Files.writeString(file, "ONE\nTWO\nTHREE\n");

    GrowingFile replaced = read(place);
    assertThat(replaced.isRestarted()).isTrue();
    assertThat(replaced.getText()).isEqualTo("ONE\nTWO\nTHREE\n");
  }

  /** An evaluation's line has a list for each measure of the latents, and may be the same. */
  @Test
  void aFileInPlaceOfAnotherMayEndAlike() throws IOException {
    String evaluation = "0.5,".repeat(1000) + "\n";
    Files.writeString(file, "one\n" + evaluation);
    String place = read("").getPlace();
    Files.writeString(file, "ONE\n" + evaluation + "TWO\n");

    assertThat(read(place).isRestarted()).isTrue();
  }

  @Test
  void aFileThatBecameShorterIsReadFromItsBeginning() throws IOException {
    Files.writeString(file, "one\ntwo\n");
    String place = read("").getPlace();
    Files.writeString(file, "one\n");

    assertThat(read(place)).isEqualTo(read(""));
    Files.delete(file);
    assertThat(read(place)).isEqualTo(new GrowingFile("", true, ""));
  }

  @Test
  void theTailIsWhatAFileEndsWith() throws IOException {
    Files.writeString(file, "one\ntwo\n");

    assertThat(GrowingFile.tail(file, 4)).isEqualTo("two\n".getBytes(StandardCharsets.UTF_8));
    assertThat(GrowingFile.tail(file, 100)).hasSize(8);
  }
}
