package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs that continue with an adapter of another run. */
class ContinuedAdapterTest {

  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String ROWS =
      "base_model.model.transformer.wte.token_adapter.trainable_tokens_delta";

  @TempDir private Path directory;

  private Path base;
  private TrainingConfig first;

  @BeforeEach
  void makeBase() throws IOException {
    base = TinyRuns.base(directory);
    first =
        TinyRuns.of(Method.COCONUT)
            .modelId(base.toString())
            .lora(LoraSettings.builder().r(4).alpha(8.0).rslora(true).dropout(0.2).build())
            .build();
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig config, String name) {
    return TrainingRun.builder().config(config).directory(files(name));
  }

  /** Trains and gives the model's directory. */
  private Path train(TrainingConfig config, String name) throws IOException {
    try (TrainingRun run = run(config, name).build()) {
      run.train();
    }
    return files(name).model();
  }

  private static TrainingConfig.TrainingConfigBuilder continuing(Method method, Path adapter) {
    return TinyRuns.of(method).loadModelPath(adapter.toString());
  }

  private static Map<String, INDArray> arrays(Path model) throws IOException {
    Map<String, INDArray> arrays = new TreeMap<>();
    try (SafetensorsFile tensors = SafetensorsFile.open(model.resolve(WEIGHTS))) {
      for (String name : tensors.names()) {
        arrays.put(name, tensors.read(name));
      }
    }
    return arrays;
  }

  /** A learning rate of 0 leaves the adapter as it was, which its files say twice. */
  @Test
  void aRunBeginsWithTheAdapterAndLeavesOneOfTheSameBase() throws IOException {
    Path adapter = train(first, "first");
    for (TrainingConfig config :
        new TrainingConfig[] {
          continuing(Method.COCONUT, adapter).lr(0).maxSteps(2).build(),
          TinyRuns.of(Method.COCONUT).modelId(adapter.toString()).lr(0).maxSteps(2).build()
        }) {
      Path second = train(config, "second");
      for (String name : new String[] {WEIGHTS, "adapter_config.json", "tokenizer.json"}) {
        assertThat(second.resolve(name)).hasSameBinaryContentAs(adapter.resolve(name));
      }
    }
  }

  @Test
  void itIsTrainedFurtherAndTheBaseIsNot() throws IOException {
    Path adapter = train(first, "first");
    Map<String, INDArray> before = arrays(adapter);
    try (TrainingRun run = run(continuing(Method.COCONUT, adapter).build(), "second").build()) {
      run.train();
      Weights untrained = Weights.read(base, TransformerConfig.read(base));
      String name = "transformer.h.0.mlp.c_fc.weight";
      Weights after = run.trainedModel().getTransformer().getWeights();
      assertThat(ArrayDifference.between(after.get(name), untrained.get(name)).isWithin(0))
          .isTrue();
    }
    assertThat(ArrayDifference.between(arrays(files("second").model()), before))
        .hasSize(17)
        .allSatisfy((name, difference) -> assertThat(difference.isWithin(0)).as(name).isFalse());
  }

  /** The paper, too, continues with a model that was trained on written chains. */
  @Test
  void anotherMethodAddsTheRowsOfItsTokens() throws IOException {
    LoraSettings two = LoraSettings.builder().r(2).build();
    Path words = train(TinyRuns.of(Method.COT).modelId(base.toString()).lora(two).build(), "words");
    assertThat(arrays(words)).doesNotContainKey(ROWS);
    Path latents = train(continuing(Method.COCONUT, words).maxSteps(2).build(), "latents");
    assertThat(arrays(latents).get(ROWS).shape()).isEqualTo(new long[] {3, 32});
    Path without =
        train(
            continuing(Method.COCONUT, words)
                .lora(LoraSettings.builder().trainNewTokens(false).build())
                .maxSteps(2)
                .build(),
            "without");
    assertThat(arrays(without)).doesNotContainKey(ROWS);
    Path narrow =
        train(
            continuing(Method.COCONUT, words).weights(Precision.BF16).maxSteps(2).build(),
            "narrow");
    assertThat(arrays(narrow).get(ROWS).shape()).isEqualTo(new long[] {3, 32});
    assertThatThrownBy(() -> train(continuing(Method.COT, latents).build(), "back"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("`method`", "<|start-latent|>", "cot", "convert --merge");
  }

  @Test
  void aKilledRunEndsAsTheWholeOne() throws IOException {
    Path adapter = train(first.toBuilder().maxSteps(2).build(), "first");
    TrainingConfig config = continuing(Method.COCONUT, adapter).checkpointEverySteps(2).build();
    Path whole = train(config, "whole");
    KilledRun.kill(run(config, "cut"), 5);
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve(WEIGHTS))
        .hasSameBinaryContentAs(whole.resolve(WEIGHTS));
    KilledRun.kill(run(config, "again"), 5);
    Path file = adapter.resolve("adapter_config.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\"lora_alpha\" : 8", "\"lora_alpha\" : 9"));
    assertThatThrownBy(() -> run(config, "again").resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("load_model_path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora.r=8 | `lora.r` needs to be that of the adapter that the run continues, 4,",
        "lora.alpha=16 | `lora.alpha` needs",
        "lora.rslora=false | `lora.rslora` needs",
        "lora.target_modules=[c_attn] | `lora.target_modules` needs",
        "frozen=[h.0] | `frozen` needs modules that no adapter",
      })
  void settingsOfAnotherAdapterAreRefused(String setting, String message) throws IOException {
    Path adapter = train(first.toBuilder().maxSteps(1).build(), "first");
    TrainingConfig config = changed(continuing(Method.COCONUT, adapter).build(), setting);
    assertThatThrownBy(() -> run(config, "second").build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  private static TrainingConfig changed(TrainingConfig config, String setting) {
    return ConfigFile.parse("test", ConfigFile.toYaml(config)).set(setting).toTrainingConfig();
  }

  @Test
  void settingsOfTheSameAdapterAndAnotherDropoutAreTaken() throws IOException {
    Path adapter = train(first.toBuilder().maxSteps(1).build(), "first");
    TrainingConfig same = changed(first, "load_model_path=" + adapter);
    TrainingConfig config = changed(same, "lora.dropout=0.4").toBuilder().maxSteps(1).build();
    Path second = train(config, "second");
    assertThat(second.resolve("adapter_config.json")).content().contains("\"lora_dropout\" : 0.4");
  }

  @Test
  void theBaseIsTheOneThatModelIdNames() throws IOException {
    Path adapter = train(first.toBuilder().maxSteps(1).build(), "first");
    Path moved = directory.resolve("moved");
    Files.move(base, moved);
    TrainingConfig config = continuing(Method.COCONUT, adapter).maxSteps(1).build();
    assertThatThrownBy(() -> run(config, "second").build())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("load_model_path");
    Path second = train(config.toBuilder().modelId(moved.toString()).build(), "second");
    assertThat(second.resolve("adapter_config.json")).content().contains(moved.toString());
    Weights other = Weights.read(moved, TransformerConfig.read(moved));
    other.tokenTable().addi(1);
    other.write(moved);
    assertThatThrownBy(
            () -> run(config.toBuilder().modelId(moved.toString()).build(), "third").build())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("SHA-256");
  }
}
