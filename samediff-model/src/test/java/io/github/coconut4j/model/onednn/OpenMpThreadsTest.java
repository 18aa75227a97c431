package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.loop.LinearWeights;
import io.github.coconut4j.model.loop.Matrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products are right whatever the environment, as of a batch system, sets OpenMP to. */
@EnabledOnOs(OS.LINUX)
class OpenMpThreadsTest {

  /** More than there are processors, so that OpenMP gives fewer if it may. */
  private static final int THREADS = 2 * Math.max(8, Runtime.getRuntime().availableProcessors());

  private static final int ROWS = 96;

  /** A width with which oneDNN's threads divide the operations of one worker. */
  private static final int WIDTH = 512;

  @Timeout(120)
  @ParameterizedTest
  @CsvSource({"OMP_THREAD_LIMIT, 3", "OMP_MAX_ACTIVE_LEVELS, 0", "OMP_DYNAMIC, true"})
  void productsAreRightWithASettingOfTheEnvironment(String name, String value)
      throws IOException, InterruptedException {
    ProcessBuilder command =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LargestError.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    command.environment().put(name, value);
    Process process = command.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    String error = output.lines().reduce((earlier, last) -> last).orElseThrow();
    assertThat(Double.parseDouble(error)).isLessThan(1e-3);
  }

  /** Prints the largest error of a product that one worker computes with many threads. */
  static final class LargestError {

    private LargestError() {}

    /** Without arguments. */
    public static void main(String[] arguments) {
      FloatPointer x = numbers(ROWS * WIDTH, 1);
      FloatPointer w = numbers(WIDTH * WIDTH, 2);
      FloatPointer y = NativeTensors.unwritten((long) ROWS * WIDTH);
      try (OneDnnDevice device = new OneDnnDevice(THREADS, WIDTH, Precision.FLOAT32)) {
        device.run(
            new int[] {0},
            worker ->
                device
                    .operations(worker)
                    .linear()
                    .forward(
                        Matrix.dense(x.address(), ROWS, WIDTH),
                        new LinearWeights(Matrix.dense(w.address(), WIDTH, WIDTH), null, true),
                        null,
                        Matrix.dense(y.address(), ROWS, WIDTH)));
      }
      System.out.println(largestError(x, w, y));
    }

    private static FloatPointer numbers(int count, long seed) {
      return NativeTensors.of(new Random(seed).doubles(count, -1, 1).toArray());
    }

    private static double largestError(FloatPointer x, FloatPointer w, FloatPointer y) {
      double largest = 0;
      for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < WIDTH; column++) {
          double expected = 0;
          for (int i = 0; i < WIDTH; i++) {
            expected += (double) x.get((long) row * WIDTH + i) * w.get((long) column * WIDTH + i);
          }
          largest = Math.max(largest, Math.abs(y.get((long) row * WIDTH + column) - expected));
        }
      }
      return largest;
    }
  }
}
