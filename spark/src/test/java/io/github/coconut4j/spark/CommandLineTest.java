package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.cli.Main;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunLock;
import io.github.coconut4j.tuning.TinySearch;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --spark} on the command line. */
@Timeout(900)
class CommandLineTest {

  @TempDir private Path temporary;

  private Path file(String yaml) throws IOException {
    return Files.writeString(temporary.resolve("file.yaml"), yaml);
  }

  @Test
  void settingsThatTrainingsDoNotBearAreRefusedInOneLine() throws IOException {
    String file = file(TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}")).toString();
    System.setProperty("spark.speculation", "true");
    try {
      CommandLineRun run =
          CommandLineRun.of(
              "tune",
              "--config",
              file,
              "--out",
              temporary + "/out",
              "--spark",
              "local-cluster[1,1,900]");

      assertThat(run.status()).isEqualTo(2);
      assertThat(run.errors()).contains("spark.speculation is true. Set it to false.");
      assertThat(run.errors().strip().lines()).hasSize(1);
      assertThat(temporary.resolve("out")).doesNotExist();
    } finally {
      System.clearProperty("spark.speculation");
    }
  }

  /** The name of the store would otherwise be replaced, and with it the way back to its state. */
  @Test
  @SuppressWarnings("try") // the lock is not used in the code
  void aRunThatIsTrainingKeepsItsDirectoryAndItsStore() throws IOException {
    String file = file(ConfigFile.toYaml(TinyTraining.of(2, 2, 2).build())).toString();
    Path out = temporary.resolve("out");
    Path id = out.resolve("store/id");
    Files.createDirectories(id.getParent());
    Files.writeString(id, "of the run");
    try (RunLock training = RunLock.of(out)) {
      CommandLineRun second =
          CommandLineRun.of("train", "--config", file, "--out", out + "", "--spark", "local");

      assertThat(second.status()).isEqualTo(2);
      assertThat(second.errors()).contains("another run is writing to " + out);
      assertThat(id).hasContent("of the run");
    }
  }

  /** Spark's core alone, as here, cannot use YARN and Kubernetes. */
  @ParameterizedTest
  @CsvSource({"yarn, spark-yarn", "k8s://https://127.0.0.1:6443, spark-kubernetes"})
  void withoutSparksJarForAClusterTheCommandSaysWhichIsMissing(String master, String jar)
      throws IOException {
    String file = file(TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}")).toString();

    CommandLineRun run =
        CommandLineRun.of("tune", "--config", file, "--out", temporary + "/out", "--spark", master);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("Spark's jar " + jar + " on the class path", "SPARK_HOME");
    assertThat(run.errors().strip().lines()).hasSize(1);
    assertThat(temporary.resolve("out")).doesNotExist();
  }

  /** A class path with this module and without Spark. */
  @Test
  void withoutSparkTheCommandSaysHowToGetIt() throws Exception {
    String classes =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("spark-core"))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes,
                Main.class.getName(),
                "tune",
                "--config",
                file(TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}")).toString(),
                "--spark",
                "local"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(output).contains("--spark needs Apache Spark 4.1 on the class path", "SPARK_HOME");
  }

  /** With {@code local} the command's own process is the executor. */
  @Test
  @Tag("nightly")
  void tuneAndTrainRunOnSpark() throws IOException {
    String search =
        file(TinySearch.yaml("{candidates: 2, space: {lr: {log_uniform: [0.001, 0.01]}}}"))
            .toString();
    CommandLineRun tune =
        CommandLineRun.of(
            "tune", "--config", search, "--out", temporary + "/search", "--spark", "local");
    assertThat(tune.status()).as(tune.errors()).isZero();
    assertThat(tune.output()).contains("completed");
    assertThat(temporary.resolve("search/report.html")).exists();

    CommandLineRun train =
        CommandLineRun.of(
            "train",
            "--config",
            temporary + "/search/best.yaml",
            "--out",
            temporary + "/run",
            "--spark",
            "local");
    assertThat(train.status()).as(train.errors()).isZero();
    assertThat(train.output()).contains("accuracy");
    assertThat(temporary.resolve("run/model/model.safetensors")).exists();
    assertThat(temporary.resolve("run/report.html")).exists();
  }
}
