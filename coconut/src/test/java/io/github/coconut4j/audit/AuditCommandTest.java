package io.github.coconut4j.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.audit.HandSetModels.Attends;
import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command {@code audit}. */
class AuditCommandTest {

  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private static final List<String> CLAIMS =
      List.of(
          "thoughts_needed",
          "permutation",
          "transplantation",
          "cumulative_corruption",
          "probe_on_control",
          "calibration_by_steps",
          "one_more_thought");

  @TempDir private Path directory;

  private Path model;
  private Path pause;
  private Path none;
  private Path data;

  @BeforeEach
  void writeModels() throws IOException {
    model = HandSetModels.write(directory.resolve("m"), Method.COCONUT, Attends.FIRST_THOUGHT);
    pause =
        HandSetModels.write(directory.resolve("p"), Method.PAUSE_AS_THOUGHT, Attends.EVERYWHERE);
    none = HandSetModels.write(directory.resolve("n"), Method.NO_THOUGHTS, Attends.EVERYWHERE);
    data = HandSetModels.problemFile(directory, 60);
  }

  private static CommandLineRun audit(String... arguments) {
    List<String> all = new ArrayList<>(List.of("audit"));
    all.addAll(Arrays.asList(arguments));
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  private Path out() {
    return directory.resolve("out");
  }

  @Test
  void printsALineAClaimAndControlAndWritesFileAndPage() throws IOException {
    CommandLineRun run =
        audit(
            "--model",
            "" + model,
            "--control",
            "" + pause,
            "" + none,
            "--data",
            "" + data,
            "--limit",
            "50",
            "--max-new-tokens",
            "8",
            "--out",
            "" + out(),
            "--json");

    assertThat(run.status()).as(run.errors()).isZero();
    List<String> lines = run.lines();
    assertThat(lines).hasSize(2 * CLAIMS.size());
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = JSON.readTree(lines.get(i));
      List<String> keys = new ArrayList<>();
      line.fieldNames().forEachRemaining(keys::add);
      assertThat(keys)
          .containsExactly(
              "claim",
              "source",
              "control",
              "seeds",
              "verdict",
              "estimate",
              "interval",
              "control_estimate");
      assertThat(line.get("seeds").asInt()).isEqualTo(1);
      assertThat(line.get("claim").asText()).isEqualTo(CLAIMS.get(i / 2));
      assertThat(line.get("control").asText()).isEqualTo("" + (i % 2 == 0 ? pause : none));
      assertThat(line.get("verdict").asText()).isIn("holds", "does_not", "undecided");
      assertThat(line.get("interval").isArray()).isTrue();
      assertThat(line.get("source").asText()).isNotBlank();
    }
    JsonNode file = JSON.readTree(out().resolve("audit.json").toFile());
    assertThat(file.get("problems").asInt()).isEqualTo(50);
    assertThat(file.get("findings")).hasSize(lines.size());
    assertThat(file.at("/findings/0/method").asText()).isEqualTo("pause_as_thought");
    assertThat(file.at("/findings/0/rule").asText()).isEqualTo(Claim.THOUGHTS_NEEDED.getRule());
    assertThat(file.at("/models/0/method").asText()).isEqualTo("coconut");
    assertThat(file.at("/models/0/accuracy_by_corrupted_thoughts")).hasSize(3);
    assertThat(file.at("/models/1/by_steps/0/steps").asInt()).isEqualTo(2);
    String page = Files.readString(out().resolve("report.html"));
    assertThat(page).doesNotContain("src=\"http", "href=", "<script");
    for (String claim : CLAIMS) {
      assertThat(page).contains("<h2>" + claim + "</h2>");
    }
  }

  @Test
  void printsATableForPeople() {
    CommandLineRun run =
        audit(
            "--model",
            "" + model,
            "--control",
            "" + none,
            "--data",
            "" + data,
            "--max-new-tokens",
            "8",
            "--out",
            "" + out());

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.output())
        .contains("60 problems", "95 % interval")
        .containsPattern("thoughts_needed +no_thoughts +holds +1\\.000")
        .containsPattern("control's +seeds\n.* 1\n");
  }

  private void assertRefused(List<String> arguments, String... message) {
    CommandLineRun run = audit(arguments.toArray(String[]::new));
    run.assertRefused(message);
    assertThat(run.output()).isEmpty();
  }

  private List<String> arguments(Path model, Path control, String data, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model",
                "" + model,
                "--control",
                "" + control,
                "--data",
                data,
                "--out",
                "" + out()));
    arguments.addAll(Arrays.asList(more));
    return arguments;
  }

  @Test
  void wrongInputIsNamed() throws IOException {
    String problems = data.toString();
    assertRefused(arguments(directory, none, problems), directory.toString(), "coconut.json");
    assertRefused(arguments(model, directory.resolve("x"), problems), "x", "coconut.json");
    assertRefused(arguments(none, model, problems), "no_thoughts", "--control");
    assertRefused(arguments(model, none, problems, "--limit", "0"), "--limit", "0");
    assertRefused(arguments(model, none, problems, "--limit", "1"), "at least 2 problems");
    assertRefused(arguments(model, none, problems, "--batch", "0"), "batch", "at least 1");
    assertRefused(arguments(model, none, directory + "/no.json"), "no.json");
    assertRefused(arguments(model, none, "gsm8k.json"), "gsm8k.json");
    assertRefused(List.of("--model", "" + model, "--data", problems, "--out", "o"), "--control");
    Path sums = directory.resolve("sums.json");
    Files.writeString(
        sums,
        "[{\"question\": \"1 + 1?\", \"steps\": [], \"answer\": \"2\"},"
            + "{\"question\": \"1 + 1?\", \"steps\": [], \"answer\": \"2\"}]");
    assertRefused(
        arguments(model, none, sums.toString()), "problem 0", "Is X a Y or Z?", sums.toString());
    assertThat(out().resolve("audit.json")).doesNotExist();
    Files.createDirectories(out().resolve("report.html"));
    assertRefused(arguments(model, none, problems), "report.html", "a directory where a file");
    Files.delete(out().resolve("report.html"));
    Files.writeString(model.resolve("model.safetensors"), "no weights");
    assertRefused(arguments(model, none, problems), "model.safetensors");
  }

  /** Its own results may be replaced. */
  @ParameterizedTest
  @ValueSource(strings = {"metrics.jsonl", "race.yaml", "search.yaml", "analysis.json"})
  void theReportOfOtherResultsIsNotReplaced(String file) throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve(file), "");

    assertRefused(
        arguments(model, none, "" + data),
        "need a directory without others",
        out() + " holds a",
        file);
    assertThat(out().toFile().list()).containsExactly(file);
  }
}
