package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.OpeningOptions;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Runs on a base whose file and weights are in bfloat16. */
class Bfloat16RunTest {

  @TempDir private Path directory;

  private Path base;
  private TrainingConfig config;

  /** A base that has not seen the tokens of latents. */
  @BeforeEach
  void makeBase() throws IOException {
    base = directory.resolve("base");
    try (TrainingRun run = run(TinyRuns.of(Method.COT).build(), "fresh").build()) {
      run.trainedModel().save(base);
    }
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Path file = base.resolve(name);
      Files.writeString(file, Files.readString(file).replace("latent|>", "former|>"));
    }
    Weights.read(base, TransformerConfig.read(base)).castTo(DataType.BFLOAT16).write(base);
    config =
        TinyRuns.of(Method.COCONUT)
            .modelId(base.toString())
            .lora(LoraSettings.builder().r(4).alpha(8.0).build())
            .weights(Precision.BF16)
            .checkpointEverySteps(2)
            .build();
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig own, String name) {
    return TrainingRun.builder().config(own).directory(files(name));
  }

  private List<Double> losses(String name) throws IOException {
    List<Double> losses = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(name).resolve("metrics.jsonl"))) {
      JsonNode json = new ObjectMapper().readTree(line);
      losses.add(json.path("loss").asDouble());
    }
    return losses;
  }

  @Test
  void anAdapterLearnsWhatItLearnsBesideFloats() throws IOException {
    Map<String, INDArray> narrow = trained(config, "narrow");
    Map<String, INDArray> wide =
        trained(config.toBuilder().weights(Precision.FLOAT32).build(), "wide");
    List<Double> losses = losses("narrow");
    List<Double> expected = losses("wide");
    assertThat(losses).hasSameSizeAs(expected).hasSizeGreaterThan(12);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(losses.get(i)).isFinite().isCloseTo(expected.get(i), within(1e-3));
    }
    assertThat(ArrayDifference.between(narrow, wide))
        .allSatisfy((name, difference) -> assertThat(difference).matches(d -> d.isWithin(1e-2)));
    try (CoconutModel model =
        CoconutModel.open(
            files("narrow").model(), OpeningOptions.builder().weights(Precision.BF16).build())) {
      Weights weights = model.getTransformer().getWeights();
      assertThat(weights.get("transformer.h.0.mlp.c_fc.weight").dataType())
          .isEqualTo(DataType.BFLOAT16);
      assertThat(weights.trained()).allSatisfy((name, array) -> assertIsFloat(name, array));
    }
  }

  private Map<String, INDArray> trained(TrainingConfig own, String name) throws IOException {
    try (TrainingRun run = run(own, name).build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      boolean isNarrow = own.getWeights() == Precision.BF16;
      assertThat(weights.hasBfloat16()).isEqualTo(isNarrow);
      run.train();
      run.evaluate();
      return weights.trained();
    }
  }

  private static void assertIsFloat(String name, INDArray array) {
    assertThat(array.dataType()).as(name).isEqualTo(DataType.FLOAT);
  }

  @Test
  void aKilledRunEndsAsTheWholeOne() throws IOException {
    try (TrainingRun run = run(config, "whole").build()) {
      run.train();
    }
    KilledRun.kill(run(config, "cut"), 5);
    TrainingConfig wide = config.toBuilder().weights(Precision.FLOAT32).build();
    assertThatThrownBy(() -> run(wide, "cut").resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`weights` was \"bf16\" and is now \"float32\"");
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve("adapter_model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("adapter_model.safetensors"));
  }

  /** What is trained is read as the file has it, and written in float32. */
  @Test
  void frozenModulesKeepTheirTypeInTheSavedModel() throws IOException {
    TrainingConfig own =
        config.toBuilder().lora(null).frozen(List.of("wte", "h.0", "ln_f")).build();
    try (TrainingRun run = run(own, "run").build()) {
      Weights weights = run.trainedModel().getTransformer().getWeights();
      run.train();
      run.evaluate();
      weights
          .asMap()
          .forEach(
              (name, array) -> {
                boolean isMatrix = name.contains("wte") || name.matches(".*h.0.(attn|mlp).*weight");
                assertThat(array.dataType())
                    .as(name)
                    .isEqualTo(isMatrix ? DataType.BFLOAT16 : DataType.FLOAT);
              });
      Path model = files("run").model();
      Weights saved = Weights.read(model, TransformerConfig.read(model), name -> true);
      Weights read = Weights.read(model, TransformerConfig.read(model));
      for (String name : weights.asMap().keySet()) {
        boolean isNarrow = weights.get(name).dataType() == DataType.BFLOAT16;
        assertThat(
                ArrayDifference.between((isNarrow ? saved : read).get(name), weights.get(name))
                    .isWithin(0))
            .as(name)
            .isTrue();
      }
      assertThat(Files.size(model.resolve("model.safetensors")))
          .isLessThan(4L * count(weights) - 2 * weights.tokenTable().length());
    }
  }

  private static long count(Weights weights) {
    return weights.asMap().values().stream().mapToLong(INDArray::length).sum();
  }

  @Test
  void anEvaluationAloneReadsAllWeightsInBfloat16() throws IOException {
    TrainingConfig own = config.toBuilder().lora(null).onlyEval(true).build();
    double narrow;
    try (TrainingRun run = run(own, "narrow").build()) {
      narrow = run.evaluationLoss();
      run.evaluate();
      assertThat(run.trainedModel().getTransformer().getWeights().tokenTable().dataType())
          .isEqualTo(DataType.BFLOAT16);
    }
    TrainingConfig wide = own.toBuilder().weights(Precision.FLOAT32).build();
    try (TrainingRun run = run(wide, "wide").build()) {
      assertThat(narrow).isCloseTo(run.evaluationLoss(), within(1e-5));
    }
  }

  @Test
  void theUnrolledLoopWidens() throws IOException {
    try (TrainingRun run =
        run(config.toBuilder().loop(LatentLoops.UNROLLED).maxSteps(2).build(), "run").build()) {
      assertThat(run.trainedModel().getTransformer().getWeights().hasBfloat16()).isFalse();
      run.train();
    }
  }

  @Test
  void theForecastCountsTwoBytesOfAFrozenValue() {
    TransformerConfig model =
        TransformerConfig.builder()
            .vocabSize(100)
            .nPositions(8)
            .nEmbd(8)
            .nLayer(1)
            .nHead(1)
            .build();
    long narrow = new MemoryForecast(config, model, 0).stateBytes();
    TrainingConfig wide = config.toBuilder().weights(Precision.FLOAT32).build();
    assertThat(new MemoryForecast(wide, model, 0).stateBytes()).isEqualTo(2 * narrow);
    TrainingConfig unrolled = config.toBuilder().loop(LatentLoops.UNROLLED).build();
    assertThat(new MemoryForecast(unrolled, model, 0).stateBytes()).isEqualTo(2 * narrow);
  }
}
