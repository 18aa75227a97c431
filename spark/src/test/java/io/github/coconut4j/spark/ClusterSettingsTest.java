package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.tuning.TinySearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings on clusters with other settings, compared with one process. */
@Tag("nightly")
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class ClusterSettingsTest {

  @TempDir private Path temporary;

  /** Trains on executors and compares the model; returns the command's output. */
  private String requireSameModel(String master, List<String> settings) throws Exception {
    TrainingConfig config = TinyTraining.of(6, 3, 4).build();
    Path file = Files.writeString(temporary.resolve("file.yaml"), ConfigFile.toYaml(config));
    Path log = temporary.resolve("log");
    Path out = temporary.resolve("spark");

    int status =
        SparkCommand.start(log, master, settings, "train", "--config", file + "", "--out", out + "")
            .end();

    assertThat(status).as(Files.readString(log)).isZero();
    RunDirectory here = new RunDirectory(temporary.resolve("here"));
    try (TrainingRun run = TrainingRun.builder().config(config).directory(here).build()) {
      run.train();
    }
    assertThat(out.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(here.model().resolve("model.safetensors"));
    return Files.readString(log);
  }

  @Test
  void ranksTrainWhereSparkAuthenticatesAndEncrypts() throws Exception {
    String log =
        requireSameModel(
            "local-cluster[2,1,1500]",
            List.of(
                "spark.authenticate=true",
                "spark.authenticate.secret=of-this-test",
                "spark.network.crypto.enabled=true"));

    assertThat(log).doesNotContain("of-this-test");
  }

  /** Spark tries for a minute and then ends the application without telling the context's user. */
  @ParameterizedTest
  @ValueSource(strings = {"train", "tune"})
  void aMasterThatCannotBeReachedEndsTheCommand(String command) throws Exception {
    String yaml =
        command.equals("train")
            ? ConfigFile.toYaml(TinyTraining.of(6).build())
            : TinySearch.yaml("{candidates: 3, parallel: 2, space: {lr: {fixed: 0.005}}}");
    Path file = Files.writeString(temporary.resolve("file.yaml"), yaml);
    Path log = temporary.resolve("log");

    int status =
        SparkCommand.start(
                log,
                "spark://127.0.0.1:1",
                List.of("spark.executor.instances=2"),
                command,
                "--config",
                file + "",
                "--out",
                temporary.resolve("spark") + "")
            .end();

    String said = Files.readString(log);
    assertThat(status).as(said).isEqualTo(2);
    assertThat(said.strip().lines().reduce("", (all, line) -> line))
        .startsWith("coconut4j: Spark needs a master that it can reach and that accepts it");
  }

  /** Works without a GPU: a training that finds none uses the processors. */
  @Test
  void aRankHasTheGpuThatSparkGivesIt() throws Exception {
    Path script = discovery("{\"name\": \"gpu\", \"addresses\": [\"3\"]}");

    String log =
        requireSameModel(
            "local-cluster[1,1,1500]",
            List.of(
                "spark.worker.resource.gpu.amount=1",
                "spark.worker.resource.gpu.discoveryScript=" + script,
                "spark.executor.resource.gpu.amount=1"));

    assertThat(log).containsPattern("rank 0 on 127.0.0.1, process \\d+, GPU 3: 13 updates");
  }

  private Path discovery(String answer) throws IOException {
    Path script = temporary.resolve("gpus");
    Files.writeString(script, "#!/bin/sh\necho '" + answer + "'\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
