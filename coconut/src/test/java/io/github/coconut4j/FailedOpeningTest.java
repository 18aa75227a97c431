package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Weights that were read before a model could not be opened take no memory afterwards. */
@EnabledOnOs(OS.LINUX)
class FailedOpeningTest {

  private static final int ROWS = 1 << 19;
  private static final int WIDTH = 16;
  private static final int TABLE_MIB = (ROWS * WIDTH * Float.BYTES) >> 20;
  private static final int OPENINGS = 8;

  @TempDir private Path directory;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model =
        TinyDirectories.write(directory.resolve("model"), Architecture.LLAMA, "llama2", ROWS, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "halt.safetensors"})
  void aDamagedFile(String file) throws IOException {
    Files.writeString(model.resolve(file), "{");

    assertFreed(() -> CoconutModel.open(model), file);
  }

  @Test
  void anOutputEmbeddingOfItsOwn() throws IOException {
    TransformerConfig config = TransformerConfig.read(model);
    Map<String, INDArray> arrays = new LinkedHashMap<>(Weights.read(model, config).asMap());
    arrays.put("lm_head.weight", Nd4j.zeros(ROWS, WIDTH));
    SafetensorsWriter.write(model.resolve("model.safetensors"), arrays, Map.of());

    assertFreed(() -> CoconutModel.open(model), "lm_head.weight");
  }

  @Test
  void aDamagedFileOfAnAdapter() throws IOException {
    TransformerConfig config = TransformerConfig.read(model);
    LoraConfig lora =
        LoraConfig.builder().r(1).loraAlpha(1).targetModules(List.of("q_proj")).build();
    Path adapter = Files.createDirectory(directory.resolve("adapter"));
    LoraAdapter.initial(lora, config, Weights.read(model, config), 1).write(adapter, config, null);
    Files.writeString(model.resolve("halt.safetensors"), "{");
    OpeningOptions options = OpeningOptions.builder().adapter(adapter).build();

    assertFreed(() -> CoconutModel.open(model, options), "halt.safetensors");
  }

  @Test
  void aTrainingThatCannotBegin() throws IOException {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COT)
            .modelId(model.toString())
            .trainPath("prosqa:8:1")
            .lora(LoraSettings.builder().targetModules(List.of("none_such")).build())
            .build();
    RunDirectory run = new RunDirectory(directory.resolve("run"));

    assertFreed(() -> TrainingRun.builder().config(config).directory(run).build(), "none_such");
  }

  private static void assertFreed(ThrowingCallable opening, String message) throws IOException {
    assertThatThrownBy(opening).hasMessageContaining(message);
    int before = residentMib();
    for (int i = 0; i < OPENINGS; i++) {
      assertThatThrownBy(opening).hasMessageContaining(message);
    }
    assertThat(residentMib() - before).isLessThan(OPENINGS / 2 * TABLE_MIB);
  }

  private static int residentMib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElseThrow();
  }
}
