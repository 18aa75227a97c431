package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.report.RunReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code report DIR} of directories that are empty, half written, or something else. */
class ReportDirectoryTest {

  private static final String UPDATE =
      "{\"step\":1,\"epoch\":0,\"stage\":0,\"loss\":0.5,\"lr\":0.1,\"grad_norm\":1,"
          + "\"tokens_per_second\":1,\"time\":\"2026-01-01T00:00:00Z\"}\n";

  private static final String SUMMARY =
      "{\"method\":\"cot\",\"problems\":2,\"accuracy\":0.5,\"accuracy_low\":0.1,\"accuracy_high\":0.9,"
          + "\"chain_match\":0,\"mean_tokens\":3,\"mean_words\":2,\"loss\":1,\"updates\":1,"
          + "\"seconds\":1,\"samples\":[]}";

  @TempDir private Path directory;

  @BeforeEach
  void writeRun() throws IOException {
    write("config.yaml", "method: cot\n");
    write("metrics.jsonl", UPDATE);
    write("evaluation.json", SUMMARY);
  }

  private void write(String name, String content) throws IOException {
    Files.write(directory.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static CommandLineRun report(Path path) {
    return CommandLineRun.of("report", path.toString());
  }

  private void assertRefused(String... message) {
    assertThatThrownBy(() -> new RunReport().write(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(message)
        .hasMessageEndingWith(".");
    assertThat(directory.resolve("report.html")).doesNotExist();
  }

  private void assertWritten() throws IOException {
    assertThat(new RunReport().write(directory)).content().contains("<h1>", "data:image/svg");
  }

  /** As {@code report .} in the run's directory. */
  @Test
  void aRunHasItsDirectorysName() throws IOException {
    assertThat(new RunReport().write(directory.resolve(".")))
        .content()
        .contains("<h2>" + directory.getFileName() + "</h2>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null                     | found null",
        "[1]                      | found [1]",
        "7                        | found 7",
        "{\"step\":1            | Unexpected end-of-input",
        "{\"colour\":1}         | Unrecognized field",
        "{\"step\":\"x\"}     | not a valid `int` value",
        "{\"step\":null}        | Cannot map `null`",
        "{\"step\":1} {}      | Trailing token",
        "lost                     | Unrecognized token",
        "\u00ff\u00fe           | Unexpected character",
        "{\"eval_accuracy\":7}  | `eval_accuracy` must be from 0 to 1",
        "{\"eval_accuracy\":\"NaN\"} | `eval_accuracy` must be from 0 to 1",
      })
  void aLineOfMetricsThatIsNoneIsNamed(String line, String fault) throws IOException {
    write("metrics.jsonl", UPDATE + "\n" + line + "\n" + UPDATE);

    assertRefused("Line 3 of " + directory.resolve("metrics.jsonl"), fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                    | ''                     | end-of-input",
        "''                    | null                   | null",
        "''                    | []                     | Cannot deserialize",
        "''                    | {}                     | `method`",
        "''                    | {                      | Unexpected end-of-input",
        "\"cot\"             | null                   | `method`",
        "0.5                   | 1.5                    | from 0 to 1",
        "0.5                   | \"NaN\"              | from 0 to 1",
        "0.5                   | 1e999                  | from 0 to 1",
        "\"mean_tokens\":3   | \"mean_tokens\":\"Infinity\" | finite",
        "[]                    | null                   | `samples`",
        "[]                    | [null]                 | `samples`",
        "[]                    | [{}]                   | `samples`",
        "[]                    | [{\"expected\":\"a\",\"tokens\":[{\"text\":null,\"kind\":\"chain\"}]}] | `samples`",
        "[]                    | [{\"expected\":\"a\",\"tokens\":[{\"text\":\"a\",\"kind\":\"x\"}]}] | not one of the values",
      })
  void anEvaluationThatIsNoneIsNamed(String good, String bad, String fault) throws IOException {
    write("evaluation.json", good.isEmpty() ? bad : SUMMARY.replace(good, bad));

    assertRefused(directory.resolve("evaluation.json") + " must be an evaluation", fault);
  }

  @Test
  void aRunThatHasHardlyBegunHasAReport() throws IOException {
    Files.delete(directory.resolve("evaluation.json"));
    write("metrics.jsonl", "");
    assertWritten();
    write("metrics.jsonl", UPDATE.substring(0, 40));
    assertWritten();
    write("metrics.jsonl", "\n" + UPDATE.replace("0.5", "null") + UPDATE.substring(0, 9));
    assertWritten();
  }

  @Test
  void anEvaluationOfExtremesHasAReport() throws IOException {
    write("evaluation.json", SUMMARY.replaceAll(":(0.5|0.1|0.9|[0-9])(?=[,}])", ":0"));
    assertWritten();
    write("evaluation.json", SUMMARY.replaceAll(":(0.5|0.1|0.9)", ":1").replace(":3", ":1e9"));
    assertWritten();
    write("metrics.jsonl", UPDATE.replace(":0.5", ":1e300") + UPDATE.replace(":0.5", ":-1e300"));
    assertWritten();
  }

  @Test
  void aConfigurationOfAnyBytesIsShown() throws IOException {
    write("config.yaml", "name: \u00e9\u0000\u00ff");

    assertWritten();
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    assertThat(report(directory.resolve("config.yaml")).errors())
        .contains("needs a run's directory");
    assertThat(report(directory.resolve("nowhere")).errors()).contains("needs a run's directory");
    Files.delete(directory.resolve("config.yaml"));
    CommandLineRun run = report(directory);
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors().lines()).hasSize(1).first().asString().contains("config.yaml cannot");
    Files.delete(directory.resolve("metrics.jsonl"));
    assertRefused("needs a run's directory");
    Files.createDirectory(directory.resolve("metrics.jsonl"));
    assertRefused("needs a run's directory");
  }
}
