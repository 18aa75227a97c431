package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.memory.ActivationForecast;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class MemoryForecastTest {

  /** Parameters of the published GPT-2 as Hugging Face counts them. */
  private static final long GPT2_PARAMETERS = 124_439_808;

  private static final TransformerConfig GPT2 =
      TransformerConfig.builder()
          .vocabSize(50257)
          .nPositions(1024)
          .nEmbd(768)
          .nLayer(12)
          .nHead(12)
          .build();

  private static final TransformerConfig SMALL =
      TransformerConfig.builder().vocabSize(11).nPositions(7).nEmbd(12).nLayer(3).nHead(2).build();

  private final TrainingConfig config =
      TrainingConfig.builder().method(Method.COCONUT).trainPath("prosqa:8:1").build();

  @Test
  void theStateIsWeightsGradientsAndTwoMoments() {
    assertThat(new MemoryForecast(config, GPT2).stateBytes()).isEqualTo(16 * GPT2_PARAMETERS);
    TrainingConfig more =
        config.toBuilder().gradientAccumulationSteps(4).checkpointEverySteps(10).build();
    // Beside these sums of two pairs, and three copies for a checkpoint.
    assertThat(new MemoryForecast(more, GPT2).stateBytes()).isEqualTo(36 * GPT2_PARAMETERS);
  }

  @Test
  void parametersAreThoseOfARealModel() {
    assertThat(new MemoryForecast(config, SMALL).stateBytes()).isEqualTo(16 * values(SMALL));
  }

  private static long values(TransformerConfig model) {
    return Weights.initial(model, 1).asMap().values().stream().mapToLong(INDArray::length).sum();
  }

  @Test
  void whatIsFrozenTakesMemoryOnce() {
    long all = values(SMALL);
    assertThat(new MemoryForecast(config, SMALL, 100).stateBytes()).isEqualTo(4 * (all + 300));
    TrainingConfig more =
        config.toBuilder().gradientAccumulationSteps(4).checkpointEverySteps(10).build();
    // Two sums of gradients, of the first two micro-batches and of the third, and a checkpoint's
    // copy.
    assertThat(new MemoryForecast(more, SMALL, 100).stateBytes()).isEqualTo(4 * (all + 800));
  }

  /** Two adapters a layer, in all layers but the last, at each of 2 · 5 positions. */
  @Test
  void adaptersStoreAsManyValuesAsTheirRanks() {
    LoraConfig lora =
        LoraConfig.builder()
            .r(1000)
            .rankPattern(Map.of("c_fc", 7))
            .loraAlpha(8)
            .targetModules(List.of("c_attn", "c_fc"))
            .build();
    TransformerConfig adapted = SMALL.toBuilder().lora(lora).build();
    TrainingConfig fine =
        config.toBuilder().modelId("DIR").lora(LoraSettings.builder().r(1000).build()).build();

    assertThat(ActivationForecast.bytes(adapted, 2, 5))
        .isEqualTo(ActivationForecast.bytes(SMALL, 2, 5) + 4 * 10 * 2 * (1000 + 7));
    assertThatThrownBy(() -> new MemoryForecast(fine, adapted, 0).requireRoom(2, 5, 1000))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Lower `lora.r`, or `batch_size_training`");
  }

  /** Llama 3.2 1B, as Hugging Face counts it, and the same without the tie. */
  @Test
  void parametersOfGroupedHeadsAndGatesAreThoseOfARealModel() {
    TransformerConfig llama = BenchShape.LLAMA_1B.getSizes().config();
    TransformerConfig untied = llama.toBuilder().tieWordEmbeddings(false).build();

    assertThat(new MemoryForecast(config, llama).stateBytes()).isEqualTo(16 * 1_235_814_400L);
    assertThat(new MemoryForecast(config, untied).stateBytes())
        .isEqualTo(16 * (1_235_814_400L + 128_256L * 2048));
  }

  /**
   * 3 layers, 2 sequences of 5: width 8, queries 12, keys and values 4 each, gated inner 10; two
   * layers keep 2 · 8 + 12 + 8, then 12 + 2 · 8 + 30, the last layer the first sum.
   */
  @Test
  void activationsOfGroupedHeadsAndGates() {
    TransformerConfig llama =
        BenchShape.LLAMA_SMALL.getSizes().config().toBuilder()
            .nLayer(3)
            .nEmbd(8)
            .nHead(3)
            .nKvHead(1)
            .headDim(4)
            .nInner(10)
            .build();

    assertThat(ActivationForecast.bytes(llama, 2, 5)).isEqualTo(4 * 10 * (3 * 36 + 2 * 58));
  }

  @Test
  void aBatchThatCannotFitIsRefusedWithItsFigures() {
    MemoryForecast forecast = new MemoryForecast(config, GPT2);
    long limit = 16L << 30;

    assertThatCode(() -> forecast.requireRoom(8, 256, limit)).doesNotThrowAnyException();
    assertThatThrownBy(() -> forecast.requireRoom(512, 1024, limit))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(
            "at least 273.4 GiB",
            "1.9 GiB for weights",
            "271.5 GiB for 512 sequences of up to 1024 tokens",
            "may use 16.0 GiB",
            "`batch_size_training`");
  }

  @Test
  void aModelThatCannotFitIsRefusedBeforeItIsMade(@TempDir Path directory) {
    TrainingConfig absurd = config.toBuilder().nLayer(200).nEmbd(1 << 15).nHead(64).build();

    assertThatThrownBy(
            () ->
                TrainingRun.builder().config(absurd).directory(new RunDirectory(directory)).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Training needs at least");
  }

  /** Sizes whose bytes are beyond a long do not become small by overflow. */
  @Test
  void sizesOfTwoBillionAreRefused() {
    int huge = 2_000_000_000;
    int widest = Integer.MAX_VALUE / 4;
    for (TransformerConfig architecture :
        List.of(
            GPT2.toBuilder().nEmbd(widest).nHead(1).build(),
            GPT2.toBuilder().nLayer(huge).build(),
            GPT2.toBuilder().nPositions(huge).build(),
            GPT2.toBuilder().nEmbd(widest).nHead(1).nLayer(huge).nPositions(huge).build())) {
      assertThatThrownBy(() -> new MemoryForecast(config, architecture).requireRoom(8, 8, 1L << 40))
          .as("%s", architecture)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("Training needs at least");
    }
  }
}
