package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SIGTERM to a process: Java's status only if everything was saved. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class StopOnSignalTest {

  private static final long LIMIT_SECONDS = 60;

  /** A program whose work saves, or fails to, once it is to stop. */
  static final class Program {

    private Program() {}

    public static void main(String[] arguments) {
      CountDownLatch stop = new CountDownLatch(1);
      int status = 0;
      try {
        StopOnSignal.whileRunning(
            stop::countDown,
            () -> {
              System.out.println("running");
              await(stop);
              if (arguments[0].equals("full")) {
                throw new IOException("The disk is full.");
              }
              return null;
            });
      } catch (IOException e) {
        System.out.println(e.getMessage());
        status = 1;
      }
      StopOnSignal.exit(status);
    }

    private static void await(CountDownLatch stop) {
      try {
        stop.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"full, 1, The disk is full.", "free, 143,"})
  void theStatusSaysWhetherTheWorkSucceeded(String disk, int status, String said)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                disk)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("running");
      process.toHandle().destroy(); // SIGTERM; Process.destroy would close the output
      assertThat(output.readLine()).isEqualTo(said);
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(status);
    } finally {
      process.destroyForcibly();
    }
  }
}
