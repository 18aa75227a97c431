package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without the module for GPUs; the module has the tests of GPUs themselves. */
class DeviceOptionTest {

  private static final String MODEL = "../models/prosqa-coconut";

  @AfterEach
  void chooseAgain() {
    Devices.choose(DeviceChoice.AUTO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "generate --model none --question q",
        "evaluate --model none --data none",
        "analyze --model none --data none --out none",
        "bench --shape tiny",
        "parity --fixture none"
      })
  void anUnusableDeviceIsRefusedBeforeAllElse(String command) {
    CommandLineRun run = CommandLineRun.of((command + " --device cuda").split(" ", -1));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors())
        .contains("device cuda", "coconut-cuda is not on the class path", "device cpu")
        .doesNotContain("\tat ");
  }

  @Test
  void aConfigurationsDeviceIsRefusedToo(@TempDir Path directory) throws IOException {
    Path config = directory.resolve("run.yaml");
    Files.writeString(config, "method: coconut\ntrain_path: prosqa:8:1\n");
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "--config",
            config.toString(),
            "--set",
            "device=cuda",
            "--out",
            directory.resolve("run").toString());

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("device cuda").doesNotContain("\tat ");
  }

  @Test
  void anUnknownDeviceIsNamed() {
    CommandLineRun run =
        CommandLineRun.of("generate", "--model", MODEL, "--question", "q", "--device", "tpu");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.errors()).contains("--device", "tpu", "CUDA");
  }
}
