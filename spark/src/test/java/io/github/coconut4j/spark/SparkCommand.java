package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command with {@code --spark} as the leader of a process group with its executors, as in a
 * terminal.
 */
record SparkCommand(Process process) {

  /**
   * Starts a command.
   *
   * @param log file to which its output is appended
   * @param settings Spark settings, {@code key=value}
   */
  static SparkCommand start(Path log, String master, List<String> settings, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String opened : List.of("java.lang", "java.nio", "java.util", "sun.nio.ch")) {
      command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
    }
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    Map.of(
            "spark.executor.memory", "512m",
            "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1")
        .forEach((key, value) -> command.add("-D" + key + "=" + value));
    settings.forEach(setting -> command.add("-D" + setting));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("--spark", master));
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    return new SparkCommand(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  /** Sends SIGTERM to the group; SIGINT may be ignored, as in the background of a shell. */
  void signalGroup() throws IOException, InterruptedException {
    assertThat(signalGroup("TERM")).isZero();
  }

  private int signalGroup(String signal) throws IOException, InterruptedException {
    return new ProcessBuilder("sh", "-c", "kill -" + signal + " -" + process.pid())
        .start()
        .waitFor();
  }

  /** Kills the driver alone. */
  void killDriver() throws InterruptedException {
    assertThat(process.destroyForcibly().waitFor()).isEqualTo(137);
  }

  /** Waits until no process of the group is left. */
  void awaitEndOfExecutors() throws IOException, InterruptedException {
    while (signalGroup("0") == 0) {
      Thread.sleep(50);
    }
  }

  /** Waits for the end and returns the exit status. */
  int end() throws InterruptedException {
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    return process.waitFor();
  }
}
