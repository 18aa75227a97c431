package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A model in bfloat16 that answers takes the room of its file and little more. */
class Bfloat16MemoryTest {

  private static final long MIB = 1 << 20;
  private static final Path TOKENIZER = Path.of("../data/src/test/resources/tokenizers/llama3");

  /** Llama's shape, about 200 MB in bfloat16. */
  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .architecture(Architecture.LLAMA)
          .vocabSize(16_000)
          .nPositions(256)
          .nEmbd(1024)
          .nLayer(7)
          .nHead(16)
          .nKvHead(4)
          .nInner(3072)
          .activationFunction(Activation.SILU)
          .rotary(RotaryPositions.of(500_000))
          .build();

  @TempDir private Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void answeringTakesAQuarterMoreThanTheFileAtMost() throws IOException, InterruptedException {
    writeModel();
    long file = Files.size(directory.resolve("model.safetensors")) / MIB;
    assertThat(file).isBetween(180L, 220L);
    assertThat(peakOfAnswer("bf16")).isLessThan(file + file / 4 + 400);
  }

  private void writeModel() throws IOException {
    FileUtils.copyDirectory(TOKENIZER.toFile(), directory.toFile());
    CONFIG.write(directory);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : ParameterLayout.of(CONFIG).parameters()) {
      INDArray drawn = Nd4j.randn(DataType.FLOAT, parameter.shape()).muli(0.02);
      arrays.put(parameter.name(), drawn.castTo(DataType.BFLOAT16));
      drawn.close();
    }
    SafetensorsWriter.write(directory.resolve("model.safetensors"), arrays, Map.of());
    arrays.values().forEach(INDArray::close);
  }

  /** MiB of a process as the launcher starts it. */
  private long peakOfAnswer(String weights) throws IOException, InterruptedException {
    File errors = directory.resolve("errors").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmn32m",
                "-XX:MaxRAMPercentage=20",
                "-Dorg.bytedeco.javacpp.maxbytes=300%",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                PeakOfCommand.class.getName(),
                "generate",
                "--model",
                directory.toString(),
                "--weights",
                weights,
                "--max-new-tokens",
                "3",
                "--question",
                "Which of the two is it?")
            .redirectError(errors)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(Files.readString(errors.toPath())).isZero();
    return Long.parseLong(output.substring(output.lastIndexOf('\n') + 1)) / 1024;
  }
}
