package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Resident memory of a process of its own, whose heap is touched before the first reading. */
@EnabledOnOs(OS.LINUX)
class MemoryTest {

  /** What the virtual machine itself may still grow by. */
  private static final int ALLOWED_GROWTH_KIB = 6 * 1024;

  @Test
  void aThousandStepsHoldResidentMemoryConstant() throws Exception {
    assertThat(growthKib(SteadySteps.class)).isLessThan(ALLOWED_GROWTH_KIB);
  }

  @Test
  void openingAndClosingAHundredModelsHoldsResidentMemoryConstant() throws Exception {
    assertThat(growthKib(OpenAndClose.class)).isLessThan(ALLOWED_GROWTH_KIB);
  }

  @Test
  void twoHundredShortThreadsHoldResidentMemoryConstant() throws Exception {
    assertThat(growthKib(ShortThreads.class, "200")).isLessThan(ALLOWED_GROWTH_KIB);
  }

  @Test
  @Tag("nightly")
  void aThousandShortThreadsHoldResidentMemoryConstant() throws Exception {
    assertThat(growthKib(ShortThreads.class, "1000")).isLessThan(ALLOWED_GROWTH_KIB);
  }

  private static int growthKib(Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder command =
        new ProcessBuilder(
                new ArrayList<>(
                    List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms128m",
                        "-Xmx128m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:TieredStopAtLevel=1", // the second compiler's memory comes and goes
                        "-XX:+UseSerialGC",
                        "-Dorg.bytedeco.javacpp.maxbytes=2g",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    command.command().addAll(List.of(arguments));
    // Each thread would take memory from an arena of its own, which is never returned.
    command.environment().put("MALLOC_ARENA_MAX", "1");
    command.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    Process process = command.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return Integer.parseInt(output.lines().reduce((earlier, last) -> last).orElseThrow());
  }
}
