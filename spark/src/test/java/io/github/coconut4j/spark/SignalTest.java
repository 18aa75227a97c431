package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.tuning.Search;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.TinySearch;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A signal to the command and its executors at the same time, like that of Ctrl-C in a terminal, or
 * the loss of the command alone. Runs are saved only at the end of stages and after a request to
 * stop.
 */
@Tag("nightly")
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class SignalTest {

  private static final String MASTER = "local-cluster[2,1,1500]";
  private static final int FIRST_STAGE = 20;
  private static final int ALL = FIRST_STAGE + 400 + 5;

  @TempDir private Path temporary;

  private static TrainingConfig onlyAtStages(TrainingConfig config) {
    return config.toBuilder().checkpointEverySteps(null).checkpointEveryMinutes(60.0).build();
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(temporary.resolve("file.yaml"), yaml);
  }

  /** The newest snapshots of all runs in the store of a directory. */
  private static List<SnapshotName> snapshots(Path directory) throws IOException {
    List<SnapshotName> newest = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(directory.resolve("store"))) {
      List<Path> runs =
          paths
              .filter(path -> path.getFileName().toString().equals("SHA256SUMS"))
              .map(sums -> sums.getParent().getParent())
              .distinct()
              .toList();
      for (Path run : runs) {
        Optional<SnapshotName> name =
            new RunStore(run.toUri().toString(), new Configuration()).newest();
        name.ifPresent(newest::add);
      }
    }
    return newest;
  }

  private static void awaitSnapshots(int count, Path directory, Process process) throws Exception {
    while (!Files.exists(directory.resolve("store")) || snapshots(directory).size() < count) {
      assertThat(process.isAlive()).isTrue();
      Thread.sleep(50);
    }
  }

  private void signalledIsSavedAndGoesOn(int runs, Path out, String... arguments) throws Exception {
    Path log = temporary.resolve("log");
    SparkCommand command = SparkCommand.start(log, MASTER, List.of(), arguments);
    awaitSnapshots(runs, out, command.process());

    command.signalGroup();

    assertThat(command.end()).as(Files.readString(log)).isEqualTo(143);
    requireSavedWithinSecondStage(runs, out, log);
    goOn(log, arguments);
  }

  private static void requireSavedWithinSecondStage(int runs, Path out, Path log)
      throws IOException {
    assertThat(snapshots(out))
        .as(Files.readString(log))
        .hasSize(runs)
        .allMatch(
            saved -> saved.step() > FIRST_STAGE && saved.step() < ALL, "within the second stage");
  }

  private static void goOn(Path log, String... arguments) throws Exception {
    List<String> resumed = new ArrayList<>(Arrays.asList(arguments));
    resumed.add("--resume");
    assertThat(SparkCommand.start(log, MASTER, List.of(), resumed.toArray(String[]::new)).end())
        .as(Files.readString(log))
        .isZero();
  }

  @Test
  void ranksHaveSavedTheirStateAndGoOnToTheSameModel() throws Exception {
    TrainingConfig config = onlyAtStages(TinyTraining.of(FIRST_STAGE, 400, 5).build());
    Path out = temporary.resolve("spark");

    signalledIsSavedAndGoesOn(
        1,
        out,
        "train",
        "--config",
        file(ConfigFile.toYaml(config)) + "",
        "--out",
        out + "",
        "--json");

    assertThat(Files.readAllLines(temporary.resolve("log")))
        .filteredOn(line -> line.startsWith("{"))
        .as("both processes print each line once")
        .isEqualTo(Files.readAllLines(out.resolve("metrics.jsonl")));
    requireModelOfOneProcess(config, out);
  }

  /** Executors notice that the driver is gone, save the state and end. */
  @Test
  void aDriverThatIsKilledIsFollowedByAnotherToTheSameModel() throws Exception {
    TrainingConfig config = onlyAtStages(TinyTraining.of(FIRST_STAGE, 400, 5).build());
    Path out = temporary.resolve("spark");
    Path log = temporary.resolve("log");
    String file = file(ConfigFile.toYaml(config)).toString();
    String[] arguments = {"train", "--config", file, "--out", out.toString()};
    SparkCommand command = SparkCommand.start(log, MASTER, List.of(), arguments);
    awaitSnapshots(1, out, command.process());

    command.killDriver();
    command.awaitEndOfExecutors();

    requireSavedWithinSecondStage(1, out, log);
    goOn(log, arguments);
    requireModelOfOneProcess(config, out);
  }

  private void requireModelOfOneProcess(TrainingConfig config, Path out) throws IOException {
    RunDirectory here = new RunDirectory(temporary.resolve("here"));
    try (TrainingRun run = TrainingRun.builder().config(config).directory(here).build()) {
      run.train();
    }
    assertThat(out.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(here.model().resolve("model.safetensors"));
  }

  @Test
  void candidatesHaveSavedTheirStateAndGoOnToTheSameModels() throws Exception {
    String yaml =
        TinySearch.yaml(
                "{candidates: 2, seed: 7, parallel: 2, space: {lr: {log_uniform: [0.001, 0.01]}}}",
                List.of(FIRST_STAGE, 400, 5).toString())
            .replace("checkpoint_every_steps: 2", "checkpoint_every_minutes: 60");
    Path out = temporary.resolve("spark");

    signalledIsSavedAndGoesOn(2, out, "tune", "--config", file(yaml) + "", "--out", out + "");

    Path here = temporary.resolve("here");
    try (Search search =
        Search.builder()
            .file(SearchFile.parse("test", yaml, 1))
            .directory(new SearchDirectory(here))
            .trainer(new InProcessTrainer())
            .build()) {
      search.run();
    }
    for (Path model : models(here)) {
      assertThat(out.resolve(here.relativize(model))).hasSameBinaryContentAs(model);
    }
  }

  private static List<Path> models(Path search) throws IOException {
    try (Stream<Path> paths = Files.walk(search)) {
      List<Path> models =
          paths
              .filter(path -> path.endsWith("model/model.safetensors"))
              .sorted(Comparator.naturalOrder())
              .toList();
      assertThat(models).hasSize(2);
      return models;
    }
  }
}
