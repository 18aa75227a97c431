package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The fused loop on older processors than this one: oneDNN is set to use its instructions from an
 * older set. On a processor that has no more than the set anyway, nothing changes.
 */
class ProcessorsTest {

  private static final Path FIXTURES = Path.of("../samediff-model/src/test/resources/fixtures");

  @TempDir private Path directory;

  private int status(String instructions, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    File output = directory.resolve("output").toFile();
    ProcessBuilder process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
    process.environment().put("ONEDNN_MAX_CPU_ISA", instructions);
    return process.start().waitFor();
  }

  private String output() throws IOException {
    return new String(Files.readAllBytes(directory.resolve("output")), StandardCharsets.UTF_8);
  }

  @Tag("nightly")
  @ParameterizedTest
  @ValueSource(strings = {"SSE41", "AVX", "AVX2", "AVX512_CORE", "AVX512_CORE_BF16"})
  void parityHoldsWithOlderInstructions(String instructions) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("parity", "--loop", "fused"));
    for (String fixture : List.of("tiny-gpt2-a", "tiny-llama-a", "tiny-qwen3-a", "codi-a")) {
      arguments.addAll(List.of("--fixture", FIXTURES.resolve(fixture).toString()));
    }
    assertThat(status(instructions, arguments.toArray(String[]::new))).as(output()).isZero();
  }

  /** Without a message it would be slower and not said, or an illegal instruction. */
  @Test
  void bfloat16IsRefusedWhereTheProcessorLacksIt() throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("run.yaml"),
            """
            train_path: "prosqa-balanced:20:1:nodes=8,min_steps=2,max_steps=2"
            val_path: "prosqa-balanced:5:2:nodes=8,min_steps=2,max_steps=2"
            method: cot
            model_id: scratch
            n_layer: 1
            n_embd: 16
            n_head: 2
            stage_steps: [1]
            max_latent_stage: 0
            precision: bf16
            """);
    int status = status("AVX2", "train", "--config", "" + config, "--out", directory + "/run");
    assertThat(status).as(output()).isEqualTo(2);
    assertThat(output()).contains("Precision bf16 needs a processor that multiplies in bfloat16");
  }
}
