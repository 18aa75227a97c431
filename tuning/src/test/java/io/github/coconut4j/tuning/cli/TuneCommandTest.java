package io.github.coconut4j.tuning.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.cli.Main;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.tuning.Search;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.TinySearch;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class TuneCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path directory;
  private Path config;

  @BeforeEach
  void writeSearch() throws IOException {
    config = directory.resolve("search.yaml");
    Files.writeString(
        config,
        TinySearch.yaml(
                "{candidates: 2, seed: 2, score: loss, space: {lr: {log_uniform: [1.0e-3, 1.0e-2]},"
                    + " c_thought: {integer: [1, 2]}}}")
            .replace("[4, 3, 5]", "[20, 10, 20]"));
  }

  private String[] tune(String out) {
    return new String[] {
      "tune", "--config", config.toString(), "--out", directory.resolve(out).toString(), "--json"
    };
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void aKilledSearchEndsAsAWholeOne() throws Exception {
    try (Search whole =
        Search.builder()
            .file(SearchFile.read(config))
            .directory(new SearchDirectory(directory.resolve("whole")))
            .trainer(new InProcessTrainer())
            .build()) {
      whole.run();
    }

    killAt("candidates/0/checkpoints/step-20");
    List<String> resume = new ArrayList<>(List.of(tune("killed")));
    resume.add("--resume");
    CommandLineRun resumed = CommandLineRun.of(resume.toArray(String[]::new));

    assertThat(resumed.status()).as(resumed.errors()).isZero();
    assertThat(records("killed")).isEqualTo(records("whole"));
    assertThat(directory.resolve("killed/best.yaml"))
        .hasSameTextualContentAs(directory.resolve("whole/best.yaml"));
    assertLines(resumed);
    assertThat(CommandLineRun.of("report", directory.resolve("killed").toString()).status())
        .isZero();
    assertThat(directory.resolve("killed/report.html")).content().contains("<polyline");
  }

  /** Runs the command in another Java and kills that, as the system would, once a file is there. */
  private void killAt(String file) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    line.add(Main.class.getName());
    line.addAll(List.of(tune("killed")));
    line.add("--resume");
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("killed.log").toFile())
            .start();
    Path awaited = directory.resolve("killed").resolve(file);
    while (process.isAlive() && !Files.exists(awaited)) {
      Thread.sleep(5);
    }
    process.destroyForcibly().waitFor();
    assertThat(awaited).exists();
  }

  private List<CandidateRecord> records(String search) throws IOException {
    SearchDirectory files = new SearchDirectory(directory.resolve(search));
    return ResultFile.open(files.results()).all().stream()
        .map(candidate -> candidate.toBuilder().seconds(0).finished("").build())
        .toList();
  }

  private static void assertLines(CommandLineRun run) throws IOException {
    List<String> lines = run.output().lines().toList();
    assertThat(lines).hasSize(3);
    for (String line : lines.subList(0, 2)) {
      JsonNode candidate = JSON.readTree(line);
      assertThat(keys(candidate))
          .containsExactly(
              "candidate", "parameters", "score", "status", "cause", "seconds", "updates");
      assertThat(keys(candidate.get("parameters"))).containsExactly("lr", "c_thought");
      assertThat(candidate.get("status").asText()).isEqualTo("completed");
      assertThat(candidate.get("updates").asInt()).isEqualTo(50);
    }
    JsonNode best = JSON.readTree(lines.get(2)).get("best");
    assertThat(keys(best)).containsExactly("candidate", "parameters", "score");
    double least = Double.POSITIVE_INFINITY;
    for (String line : lines.subList(0, 2)) {
      least = Math.min(least, JSON.readTree(line).get("score").asDouble());
    }
    assertThat(best.get("score").asDouble()).isEqualTo(least);
  }

  @Test
  void aSearchWithoutAnyResultIsAFailure() throws IOException {
    Files.writeString(
        config, TinySearch.yaml("{generator: grid, space: {n_head: {discrete: [3, 5]}}}"));

    CommandLineRun run = CommandLineRun.of(tune("failed"));

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("no candidate was trained", "a multiple of `n_head` (3)");
    assertThat(run.output().lines()).hasSize(2).allMatch(line -> line.contains("\"failed\""));
  }

  /** As with the option, before a process is started for each candidate. */
  @Test
  void anUnusableDeviceOfTheFileIsRefusedBeforeTheFirstCandidate() throws IOException {
    Files.writeString(config, Files.readString(config) + "\ndevice: cuda\n");

    CommandLineRun run = CommandLineRun.of(tune("device"));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("The device cuda needs an NVIDIA GPU", "device cpu");
    assertThat(directory.resolve("device")).doesNotExist();
  }

  @Test
  void thePublishedFilesPlaceholderIsNoDirectory() throws IOException {
    Files.writeString(
        config, Files.readString(config) + "\nsave_path: YOUR_PATH_TO_SAVE_THE_MODEL\n");

    CommandLineRun run = CommandLineRun.of("tune", "--config", config.toString());

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors())
        .contains("`save_path`", "the placeholder YOUR_PATH_TO_SAVE_THE_MODEL", "--out");
    assertThat(Path.of("YOUR_PATH_TO_SAVE_THE_MODEL")).doesNotExist();
  }

  @Test
  void aSearchWhoseCandidateASignalStopsIsNotDone() throws Exception {
    Files.writeString(
        config,
        TinySearch.yaml("{candidates: 2, space: {stage_steps: {fixed: [100000000]}}}")
            .replace("checkpoint_every_steps: 2", "checkpoint_every_minutes: 60"));
    Path candidate = directory.resolve("stopped/candidates/0");
    Thread signal = new Thread(() -> terminateChildOnceItTrains(candidate));
    signal.start();

    CommandLineRun run = CommandLineRun.of(tune("stopped"));

    signal.join();
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("stopped before its end", "--resume");
    assertThat(run.output()).isEmpty();
    assertThat(candidate.resolve("checkpoints")).isNotEmptyDirectory();
  }

  private static void terminateChildOnceItTrains(Path candidate) {
    while (candidate.resolve("metrics.jsonl").toFile().length() == 0) {
      Thread.onSpinWait();
    }
    ProcessHandle.current().children().forEach(ProcessHandle::destroy);
  }

  @Test
  void aClusterNeedsItsModule() {
    List<String> command = new ArrayList<>(List.of(tune("cluster")));
    command.addAll(List.of("--spark", "local"));

    CommandLineRun run = CommandLineRun.of(command.toArray(String[]::new));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("--spark needs the module coconut-spark");
  }

  @Test
  void theDeviceThatIsAskedForTakesTheFilesPlace() {
    assertThat(
            TuneCommand.withDevice("x", "lr: 1\ndevice : auto # any\nseed: 2\n", DeviceChoice.CPU))
        .isEqualTo("lr: 1\ndevice: cpu\nseed: 2\n");
    for (String yaml : List.of("lr: 1", "{\"lr\": 1, \"device\": \"auto\"}", "---\nlr: 1\n...\n")) {
      assertThat(
              ConfigFile.parse("x", TuneCommand.withDevice("x", yaml, DeviceChoice.CUDA)).values())
          .as(yaml)
          .hasToString("{lr=1, device=\"cuda\"}");
    }
  }

  @Test
  void wrongInputIsToldInOneLine() throws IOException {
    Files.writeString(config, "method: coconut\n");
    CommandLineRun run = CommandLineRun.of(tune("none"));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("`search` needs a mapping");
    assertThat(run.errors().lines()).hasSize(1);
    assertThat(CommandLineRun.of("tune", "--help").output())
        .contains("--config", "--out", "--resume", "--json");
  }
}
