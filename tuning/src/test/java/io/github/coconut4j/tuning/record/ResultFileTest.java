package io.github.coconut4j.tuning.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of results that a kill, an editor or another program left. */
class ResultFileTest {

  private static final String GOOD =
      "{\"candidate\":0,\"parameters\":{\"lr\":0.1},\"score\":0.5,\"status\":\"completed\",\"seconds\":1,"
          + "\"finished\":\"2026-01-01T00:00:00Z\",\"values\":[0.25]}";

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("results.jsonl");
  }

  @Test
  void blankLinesAByteOrderMarkAndAMissingLastLineFeedDoNotMatter() throws IOException {
    Files.writeString(file, "\ufeff" + GOOD + "\r\n\n  \n" + GOOD.replace(":0,", ":1,"));

    assertThat(ResultFile.open(file).all())
        .extracting(CandidateRecord::getCandidate)
        .contains(0, 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null                       | it is null",
        "7                          | Cannot construct",
        "[]                         | Cannot deserialize",
        "{}                         | must be there",
        "{\"candidate\":1           | Unexpected end-of-input",
        "lost+found                 | Unrecognized token",
        "{\"candidate\":1} {}       | Trailing token",
        "{\"colour\":1}             | Unrecognized field",
        "{\"candidate\":-1}         | must be there",
        "{\"candidate\":null}       | Cannot map `null`",
        "{\"candidate\":1e9999}     | out of range",
      })
  void aLineThatIsNoCandidateIsNamed(String line, String fault) throws IOException {
    Files.writeString(file, GOOD + "\n\n" + line + "\n");

    assertRefused(fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"candidate\":0,                     | \"candidate\":00,         | Invalid numeric value",
        "\"parameters\":{\"lr\":0.1},         | ''                      | must be there",
        "{\"lr\":0.1}                         | null                    | must be there",
        "0.5                                  | \"NaN\"                 | `score` must be a finite",
        "0.5                                  | null                    | `score` must be a finite",
        "0.5                                  | NaN                     | NaN",
        "completed                            | done                    | not one of the values",
        "\"completed\"                        | null                    | must be there",
        "2026-01-01T00:00:00Z                 | yesterday               | `finished` must be a time",
        "[0.25]                               | null                    | must be there",
        "\"seconds\":1                        | \"trials\":[null]       | `trials` must be",
        "\"seconds\":1                        | \"trials\":null         | `trials` must be",
        "\"candidate\":0                      | \"candidate\":1         | is there twice",
      })
  void aCandidateThatIsNoneIsNamed(String good, String bad, String fault) throws IOException {
    String first = GOOD.replace("\"candidate\":0", "\"candidate\":1");
    Files.writeString(file, first + "\n\n" + GOOD.replace(good, bad) + "\n");

    assertRefused(fault);
  }

  @Test
  void bytesThatAreNoTextAreNamed() throws IOException {
    Files.write(file, (GOOD + "\n\n\u00ff\u00fe\u0000\n").getBytes(StandardCharsets.ISO_8859_1));

    assertRefused("Unexpected character");
  }

  private void assertRefused(String fault) {
    assertThatThrownBy(() -> ResultFile.open(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(file + " needs one line per candidate")
        .hasMessageContaining("but line 3 is not one: ")
        .hasMessageContaining(fault)
        .hasMessageEndingWith(
            "Remove it and the lines below it; their candidates continue from their runs.")
        .hasMessageNotContaining("\n");
  }
}
