package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code coconut4j train} in a process of its own.
 *
 * @param process the Java that runs it
 * @param run the run's directory
 * @param errors what it writes to standard error
 */
record TrainingProcess(Process process, Path run, Path errors) {

  private static final long LIMIT_SECONDS = 60;

  static TrainingProcess start(Path config, Path run, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "train",
                "--config",
                config.toString(),
                "--out",
                run.toString()));
    command.addAll(List.of(more));
    Path errors = Files.createTempFile(run.getParent(), "errors", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile())
            .start();
    return new TrainingProcess(process, run, errors);
  }

  private Path metrics() {
    return run.resolve("metrics.jsonl");
  }

  /** Waits until the run has written so many lines of metrics, or has ended. */
  void awaitLines(int lines) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (process.isAlive() && System.nanoTime() < end) {
      if (Files.exists(metrics()) && Files.readAllLines(metrics()).size() >= lines) {
        return;
      }
      Thread.sleep(2);
    }
    assertThat(process.isAlive()).as(errorText()).isFalse();
  }

  int exitStatus() throws IOException, InterruptedException {
    boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as("the process ended: " + errorText()).isTrue();
    return process.exitValue();
  }

  String errorText() throws IOException {
    return Files.readString(errors);
  }
}
