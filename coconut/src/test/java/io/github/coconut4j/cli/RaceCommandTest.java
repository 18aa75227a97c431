package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.race.Race;
import io.github.coconut4j.race.RaceDirectory;
import io.github.coconut4j.race.RaceFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaceCommandTest {

  private static final String PROBLEMS =
      ":nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  @TempDir private Path parent;
  private Path file;
  private Path out;

  @BeforeEach
  void write() throws IOException {
    file = parent.resolve("race.yaml");
    out = parent.resolve("race");
    write("[coconut, {name: direct, set: {method: no_cot, lr: 1.0e-3}}]");
  }

  private void write(String methods) throws IOException {
    Files.writeString(
        file,
        """
        race: {methods: %s, seeds: [3], seeds_of: {coconut: [1, 2]}}
        train_path: "prosqa:8:3%s"
        val_path: "prosqa:6:4%s"
        n_layer: 1
        n_embd: 16
        n_head: 2
        n_positions: 64
        max_latent_stage: 1
        stage_steps: [2, 2]
        batch_size_training: 4
        max_new_tokens: 4
        """
            .formatted(methods, PROBLEMS, PROBLEMS));
  }

  private CommandLineRun race(String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("race", "--config", "" + file, "--out", "" + out));
    arguments.addAll(List.of(options));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  @Test
  void refusesThePublishedFilesPlaceholderAsADirectory() throws IOException {
    Files.writeString(file, Files.readString(file) + "\nsave_path: YOUR_PATH_TO_SAVE_THE_MODEL\n");

    CommandLineRun run = CommandLineRun.of("race", "--config", "" + file);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors())
        .contains("`save_path`", "the placeholder YOUR_PATH_TO_SAVE_THE_MODEL", "--out");
    assertThat(Path.of("YOUR_PATH_TO_SAVE_THE_MODEL")).doesNotExist();
  }

  @Test
  void printsALineARunInOrder() throws IOException {
    CommandLineRun run = race("--json");

    assertThat(run.status()).as(run.errors()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : run.lines()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines)
        .extracting(line -> line.get("method").asText() + line.get("seed").asLong())
        .containsExactly("coconut1", "coconut2", "direct3");
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.fieldNames())
                  .toIterable()
                  .containsExactly(
                      "method", "seed", "accuracy", "mean_tokens", "updates", "seconds");
              assertThat(line.get("updates").asInt()).isEqualTo(4);
              assertThat(line.get("accuracy").asDouble()).isBetween(0.0, 1.0);
            });
    assertThat(out.resolve("race.svg")).content().contains("<svg");
    assertThat(out.resolve("report.html")).content().contains("coconut-seed-2", "deeper option");
  }

  @Test
  void aFinishedRunIsKeptAndTheOthersGoOn() throws IOException {
    assertThat(race().status()).isZero();
    Path kept = out.resolve("coconut/model/model.safetensors");
    FileTime trained = Files.getLastModifiedTime(kept);
    Files.delete(out.resolve("direct/evaluation.json"));
    Files.delete(out.resolve("report.html"));

    assertThat(race().status()).isEqualTo(2);
    CommandLineRun resumed = race("--resume");

    assertThat(resumed.status()).as(resumed.errors()).isZero();
    assertThat(resumed.lines()).hasSize(1 + 3 + 3);
    assertThat(resumed.output()).contains("direct", "deeper option", "chance");
    assertThat(Files.getLastModifiedTime(kept)).isEqualTo(trained);
    assertThat(out.resolve("direct/evaluation.json")).exists();
    Files.delete(out.resolve("report.html"));
    assertThat(CommandLineRun.of("report", "" + out).status()).isZero();
    assertThat(out.resolve("report.html")).content().contains("direct");
  }

  /** Everything in a directory, with its content. */
  private static Map<Path, String> content(Path directory) throws IOException {
    Map<Path, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        content.put(each, Files.readString(each, StandardCharsets.ISO_8859_1));
      }
    }
    return content;
  }

  private void assertKeeps(CommandLineRun run, String... message) {
    assertThat(run.status()).as(run.errors()).isEqualTo(2);
    assertThat(run.errors()).contains(message);
  }

  @Test
  void theQuickstartReplacesOnlyItsOwn() throws IOException {
    assertThat(race().status()).isZero();
    Map<Path, String> before = content(out);

    assertKeeps(CommandLineRun.of("quickstart", "--out", "" + out), "" + out, "race already");
    assertThat(content(out)).isEqualTo(before);

    Files.delete(out.resolve("race.yaml")); // only runs, as `train` makes them
    before = content(out);
    assertKeeps(CommandLineRun.of("quickstart", "--out", "" + out), "" + out.resolve("coconut"));
    assertKeeps(race(), "" + out.resolve("coconut"));
    Path run = out.resolve("coconut");
    assertKeeps(CommandLineRun.of("quickstart", "--out", "" + run), run + " holds a run");
    assertThat(content(out)).isEqualTo(before);

    Files.writeString(out.resolve("race.yaml"), RaceFile.quickstart(5L).getText());
    assertThatCode(() -> new RaceDirectory(out).requireFreeOrEarlier(RaceFile.quickstart(null)))
        .doesNotThrowAnyException();
  }

  @Test
  void aFinishedRunOfAnotherConfigurationIsNotKept() throws IOException {
    assertThat(race().status()).isZero();
    write("[coconut, {name: direct, set: {method: no_cot, lr: 2.0e-3}}]");

    CommandLineRun resumed = race("--resume");

    assertThat(resumed.status()).isEqualTo(2);
    assertThat(resumed.errors())
        .contains("the configurations it began with", "direct", "`lr` was 0.001 and is now 0.002");
    assertThat(out.resolve("race.yaml")).content().contains("lr: 1.0e-3");
  }

  /** As a quickstart with another seed is. */
  @Test
  void aRaceThatReplacesAnotherIsResumedWithoutItsRuns() throws IOException {
    assertThat(race().status()).isZero();
    write("[coconut, {name: direct, set: {method: no_cot, lr: 2.0e-3}}]");
    Race next = Race.builder().file(RaceFile.read(file)).directory(out).build();
    next.requestStop();
    assertThat(next.run(result -> {})).isFalse();
    assertThat(out.resolve("report.html")).doesNotExist();
    assertThat(out.resolve("race.svg")).doesNotExist();
    RunDirectory waiting = new RunDirectory(out.resolve("direct"));
    assertThat(List.of(waiting.metrics(), waiting.samples(), waiting.report(), waiting.model()))
        .noneMatch(Files::exists);

    CommandLineRun resumed = race("--resume");

    assertThat(resumed.status()).as(resumed.errors()).isZero();
    assertThat(out.resolve("direct/config.yaml")).content().contains("lr: 0.002");
  }

  @Test
  void aFileOfAnotherCommandIsRefused() {
    assertThat(CommandLineRun.of("race", "--config", "../recipes/prosqa-cpu.yaml"))
        .satisfies(run -> assertThat(run.status()).isEqualTo(2))
        .satisfies(run -> assertThat(run.errors()).contains("`race` needs a mapping"));
    assertThat(CommandLineRun.of("train", "--config", "../recipes/race-quick.yaml"))
        .satisfies(run -> assertThat(run.status()).isEqualTo(2))
        .satisfies(run -> assertThat(run.errors()).contains("`./coconut4j race --config FILE`"));
  }
}
