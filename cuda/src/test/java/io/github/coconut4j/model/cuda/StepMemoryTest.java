package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.cuda.ResidentStepTest.Run;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the memory that steps allocate, as the driver counts it, with the forecast. */
@OnCudaShim
class StepMemoryTest {

  private static final int VOCABULARY = 400;

  /** cuBLASLt's workspaces of the loop and the loss, which are larger than everything else. */
  private static final long WORKSPACES = 2 * MatmulPlan.WORKSPACE_BYTES;

  private static final TransformerConfig GPT2 =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(40)
          .nEmbd(96)
          .nLayer(2)
          .nHead(1)
          .build();

  private static final TransformerConfig LLAMA =
      GPT2.toBuilder()
          .architecture(Architecture.LLAMA)
          .nHead(2)
          .nKvHead(1)
          .nInner(200)
          .activationFunction(Activation.SILU)
          .rotary(RotaryPositions.of(10_000))
          .tieWordEmbeddings(false)
          .build();

  /** Weights are most of this model's memory. */
  private static final TransformerConfig DEEP = GPT2.toBuilder().nEmbd(64).nLayer(10).build();

  /** Weights of which only the norms are trained, as in a run with a frozen model. */
  private static Weights narrow(TransformerConfig config) {
    Weights all = Weights.initial(config, 7);
    List<String> norms =
        all.asMap().keySet().stream().filter(name -> name.matches(".*(ln_|norm).*")).toList();
    return all.withTrained(norms).frozenInBfloat16();
  }

  static Stream<Arguments> steps() {
    Dropout dropout = new Dropout(new DropoutRates(0.1, 0.1, 0.1), 1, 0);
    TransformerConfig refined = LLAMA.toBuilder().latentIterations(2).build();
    return Stream.of(
        Arguments.of(GPT2, Weights.initial(GPT2, 7), Precision.FLOAT32, null),
        Arguments.of(GPT2, Weights.initial(GPT2, 7), Precision.BF16, dropout),
        Arguments.of(LLAMA, Weights.initial(LLAMA, 7), Precision.FLOAT32, null),
        Arguments.of(refined, Weights.initial(refined, 7), Precision.BF16, null),
        Arguments.of(GPT2, narrow(GPT2), Precision.FLOAT32, null),
        Arguments.of(LLAMA, narrow(LLAMA), Precision.BF16, null));
  }

  private static LatentBatch batch() {
    String row = "w".repeat(12) + "***" + "wllll";
    return Batches.of(VOCABULARY, 3, Collections.nCopies(5, row).toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}, {2}, {3}")
  @MethodSource("steps")
  void theForecastIsWithinTenPercent(
      TransformerConfig config, Weights weights, Precision precision, Dropout dropout) {
    long forecast = forecast(config, weights, precision, dropout);
    long allocated = allocated(config, weights, precision, dropout, batch(), 2);

    assertThat(forecast - WORKSPACES)
        .as("forecast %d, allocated %d", forecast, allocated)
        .isCloseTo(allocated - WORKSPACES, withinPercentage(10));
  }

  private static long forecast(
      TransformerConfig config, Weights weights, Precision precision, Dropout dropout) {
    StepSize step =
        new StepSize(
            config,
            precision,
            batch(),
            weights.trained().keySet(),
            weights.bfloat16Names(),
            dropout);
    return Backends.named("cuda").trainingMemory(step).orElseThrow();
  }

  /** Counts what is allocated from now on, and thus not what earlier tests still have. */
  private static CudaShim.Driver countingDriver() {
    CudaShim.Driver driver = CudaShim.load();
    CudaRuntime.get(); // has memory of its own, which no step allocates
    driver.shim_count_memory();
    return driver;
  }

  private static long allocated(
      TransformerConfig config,
      Weights weights,
      Precision precision,
      Dropout dropout,
      LatentBatch batch,
      int updates) {
    CudaShim.Driver driver = countingDriver();
    try (Run run = new Run(config, weights, "cuda", precision)) {
      run.device.hold(run.all);
      Dropout applied = dropout == null ? new Dropout(DropoutRates.NONE, 0, 0) : dropout;
      for (int number = 1; number <= updates; number++) {
        run.update(batch, applied, number, true);
      }
      run.device.release(run.all);
    }
    return driver.shim_most();
  }

  private static long values(Weights weights) {
    return weights.bfloat16Names().stream()
        .mapToLong(name -> weights.asMap().get(name).length())
        .sum();
  }

  /**
   * Two bytes are saved per value, and with bfloat16 products also its rounded copy. Float32
   * products need a buffer for widened or split values, less than a tenth of the weights here.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void frozenWeightsInBfloat16HaveNoFloat32Copy(Precision precision) {
    LatentBatch batch =
        Batches.of(
            VOCABULARY, 3, Collections.nCopies(4, "w".repeat(17) + "*wll").toArray(String[]::new));
    Weights narrow = narrow(DEEP);
    long wide = allocated(DEEP, narrow.widened(), precision, null, batch, 1);
    double saved = wide - allocated(DEEP, narrow, precision, null, batch, 1);

    assertThat(saved / values(narrow))
        .as("bytes per value")
        .isCloseTo(precision == Precision.BF16 ? 4 : 2, within(0.4));
  }

  @Test
  void decodingMakesNoFloat32CopyOfWeights() {
    Weights narrow = narrow(DEEP);
    double saved = allocatedToDecode(narrow.widened()) - allocatedToDecode(narrow);

    assertThat(saved / values(narrow)).as("bytes per value").isCloseTo(2, within(0.1));
  }

  private static long allocatedToDecode(Weights weights) {
    CudaShim.Driver driver = countingDriver();
    try (LatentTransformer model =
            LatentTransformer.create(DEEP, weights, Backends.named("cuda"), Precision.FLOAT32);
        Decoder decoder = model.decoder(Batches.of(VOCABULARY, 3, "wwww", "..ww"), 2)) {
      decoder.advance(new int[] {4, 5});
      decoder.logits();
    }
    return driver.shim_most();
  }
}
