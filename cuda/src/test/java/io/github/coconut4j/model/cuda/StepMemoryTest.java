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

/** The memory that steps take, as the driver counts it, is what is foretold. */
@OnCudaShim
class StepMemoryTest {

  private static final int VOCABULARY = 400;

  /** Of the loop and of the loss, each: cuBLASLt's, which would hide what is foretold. */
  private static final long WORKSPACES = 2 * CublasLtProducts.WORKSPACE_BYTES;

  private static final TransformerConfig GPT2 =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(40)
          .nEmbd(96)
          .nLayer(2)
          .nHead(2)
          .build();

  private static final TransformerConfig LLAMA =
      GPT2.toBuilder()
          .architecture(Architecture.LLAMA)
          .nHead(4)
          .nKvHead(2)
          .nInner(200)
          .activationFunction(Activation.SILU)
          .rotary(RotaryPositions.of(10_000))
          .tieWordEmbeddings(false)
          .build();

  /** Of which weights are most of what is taken. */
  private static final TransformerConfig DEEP = GPT2.toBuilder().nEmbd(64).nLayer(12).build();

  /** The weights lie as a training run with a frozen model has them. */
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
    String row = "w".repeat(20) + "***" + "wllllllll";
    return Batches.of(VOCABULARY, 3, Collections.nCopies(5, row).toArray(String[]::new));
  }

  @ParameterizedTest(name = "{0}, {2}, {3}")
  @MethodSource("steps")
  void stepsTakeWhatIsForetold(
      TransformerConfig config, Weights weights, Precision precision, Dropout dropout)
      throws InterruptedException {
    long foretold = foretold(config, weights, precision, dropout);
    long taken = taken(config, weights, precision, dropout, batch());

    assertThat(foretold - WORKSPACES)
        .as("%d foretold, %d taken", foretold, taken)
        .isCloseTo(taken - WORKSPACES, withinPercentage(10));
  }

  private static long foretold(
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

  private static long taken(
      TransformerConfig config,
      Weights weights,
      Precision precision,
      Dropout dropout,
      LatentBatch batch)
      throws InterruptedException {
    CudaShim.Driver driver = CudaShim.load();
    long before = usedByOthers(driver);
    driver.shim_clear_most();
    try (Run run = new Run(config, weights, "cuda", precision)) {
      run.device.hold(run.all);
      Dropout applied = dropout == null ? new Dropout(DropoutRates.NONE, 0, 0) : dropout;
      for (int number = 1; number <= 2; number++) {
        run.update(batch, applied, number, true);
      }
      run.device.letGo(run.all);
    }
    return driver.shim_most() - before;
  }

  private static long values(Weights weights) {
    return weights.bfloat16Names().stream()
        .mapToLong(name -> weights.asMap().get(name).length())
        .sum();
  }

  /**
   * Two bytes a value are saved, and in bfloat16 its rounded copy. In float32 some of it goes to
   * what is widened, or divided into three, at a time: less than a tenth of the weights here.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void frozenWeightsInBfloat16HaveNoFloat32Copy(Precision precision) throws InterruptedException {
    LatentBatch batch =
        Batches.of(
            VOCABULARY, 3, Collections.nCopies(3, "w".repeat(24) + "*wll").toArray(String[]::new));
    Weights narrow = narrow(DEEP);
    long wide = taken(DEEP, narrow.widened(), precision, null, batch);
    double saved = wide - taken(DEEP, narrow, precision, null, batch);

    assertThat(saved / values(narrow))
        .as("bytes a value")
        .isCloseTo(precision == Precision.BF16 ? 4 : 2, within(0.4));
  }

  @Test
  void answersTakeNoFloat32CopyOfWeights() throws InterruptedException {
    Weights narrow = narrow(DEEP);
    double saved = takenToAnswer(narrow.widened()) - takenToAnswer(narrow);

    assertThat(saved / values(narrow)).as("bytes a value").isCloseTo(2, within(0.1));
  }

  private static long takenToAnswer(Weights weights) throws InterruptedException {
    CudaShim.Driver driver = CudaShim.load();
    long before = usedByOthers(driver);
    driver.shim_clear_most();
    try (LatentTransformer model =
            LatentTransformer.create(DEEP, weights, Backends.named("cuda"), Precision.FLOAT32);
        Decoder decoder = model.decoder(Batches.of(VOCABULARY, 3, "wwww", "..ww"), 2)) {
      decoder.advance(new int[] {4, 5});
      decoder.logits();
    }
    return driver.shim_most() - before;
  }

  /** Arrays of tests before are freed with the garbage, which takes its time. */
  private static long usedByOthers(CudaShim.Driver driver) throws InterruptedException {
    long used = -1;
    while (used != driver.shim_used()) {
      used = driver.shim_used();
      for (int i = 0; i < 3; i++) {
        CudaRuntime.get().mirrors().trim();
        Thread.sleep(20);
      }
    }
    return used;
  }
}
