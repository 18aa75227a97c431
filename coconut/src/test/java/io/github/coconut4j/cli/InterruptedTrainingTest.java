package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals to a real process; {@code benchmarks/kill-and-resume} does the same at full length. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class InterruptedTrainingTest {

  @TempDir private static Path directory;
  private static Path config;
  private static Path whole;

  @BeforeAll
  static void trainWhole() throws IOException {
    config =
        Files.write(
            directory.resolve("config.yaml"),
            List.of(
                "coconut: True",
                "max_latent_stage: 2",
                "stage_steps: [40, 30, 50]",
                "train_path: prosqa:12:2:nodes=8,min_steps=2,max_steps=2,max_facts=9",
                "val_path: prosqa:4:1:nodes=8,min_steps=2,max_steps=2,max_facts=9",
                "augment: true",
                "n_embd: 16",
                "n_head: 2",
                "n_positions: 64",
                "max_new_tokens: 2",
                "batch_size_training: 4",
                "checkpoint_every_steps: 5",
                "eval_every_steps: 10",
                "threads: 2"));
    whole = directory.resolve("whole");
    assertTrains(config, whole);
  }

  /** In this process, which is faster. */
  private static void assertTrains(Path file, Path run, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("train", "--config", file.toString(), "--out", run.toString()));
    arguments.addAll(List.of(more));
    CommandLineRun training = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(training.status()).as(training.errors()).isZero();
  }

  private static void assertEndsAsTheWhole(Path run) throws IOException {
    assertThat(run.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(whole.resolve("model/model.safetensors"));
    assertThat(withoutTimes(run)).isEqualTo(withoutTimes(whole));
  }

  private static List<String> withoutTimes(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
        .map(line -> line.replaceAll("\"(time|tokens_per_second)\":[^,}]*", ""))
        .toList();
  }

  @Test
  void killedAtRandomMomentsARunEndsAsTheWholeOne() throws IOException, InterruptedException {
    Path run = directory.resolve("killed");
    SplittableRandom random = new SplittableRandom(5);
    int lines = Files.readAllLines(whole.resolve("metrics.jsonl")).size();
    for (int kill = 1; kill <= 2; kill++) {
      TrainingProcess process = TrainingProcess.start(config, run, "--resume");
      process.awaitLines(kill * lines / 3);
      Thread.sleep(random.nextInt(20));
      process.process().destroyForcibly();
      assertThat(process.exitStatus()).as(process.errorText()).isEqualTo(137);
    }

    assertTrains(config, run, "--resume");
    assertEndsAsTheWhole(run);
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void stoppedARunSaysHowToContinueIt(String signal, int status)
      throws IOException, InterruptedException {
    Path run = directory.resolve("stopped by SIG" + signal);
    TrainingProcess process = TrainingProcess.start(config, run, "--set", "lr=0.0001");
    process.awaitLines(12);
    boolean ignored = ignores(process, signal);
    if (ignored) {
      process.process().destroyForcibly().waitFor();
    }
    assumeFalse(ignored, "the shell of this test lets it ignore SIG" + signal);

    new ProcessBuilder("kill", "-" + signal, Long.toString(process.process().pid()))
        .start()
        .waitFor();

    assertThat(process.exitStatus()).as(process.errorText()).isEqualTo(status);
    String line = process.errorText().lines().reduce((first, second) -> second).orElseThrow();
    String continuing =
        "Continue with: ./coconut4j train --config '%s/config.yaml' --out '%s' --resume"
            .formatted(run, run);
    assertThat(line).matches("Stopped after step \\d+\\. .*").endsWith(continuing);
    assertTrains(run.resolve("config.yaml"), run, "--resume");
    assertEndsAsTheWhole(run);
  }

  /** A shell starts what is in the background with SIGINT ignored, and Java then keeps to that. */
  private static boolean ignores(TrainingProcess process, String signal) throws IOException {
    Path status = Path.of("/proc/" + process.process().pid() + "/status");
    if (!signal.equals("INT") || !Files.exists(status)) {
      return false;
    }
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    return (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & 2) != 0;
  }
}
