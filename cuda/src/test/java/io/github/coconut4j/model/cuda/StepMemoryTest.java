package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.cuda.ResidentStepTest.Run;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
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

  static Stream<Arguments> steps() {
    Dropout dropout = new Dropout(new DropoutRates(0.1, 0.1, 0.1), 1, 0);
    return Stream.of(
        Arguments.of(GPT2, Precision.FLOAT32, null),
        Arguments.of(GPT2, Precision.BF16, dropout),
        Arguments.of(LLAMA, Precision.FLOAT32, null),
        Arguments.of(LLAMA.toBuilder().latentIterations(2).build(), Precision.BF16, null));
  }

  private static LatentBatch batch() {
    String row = "w".repeat(20) + "***" + "wllllllll";
    return Batches.of(VOCABULARY, 3, Collections.nCopies(5, row).toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("steps")
  void stepsTakeWhatIsForetold(TransformerConfig config, Precision precision, Dropout dropout)
      throws InterruptedException {
    CudaShim.Driver driver = CudaShim.load();
    long before = usedByOthers(driver);
    driver.shim_clear_most();
    long foretold;
    try (Run run = new Run(config, "cuda", precision)) {
      StepSize step = new StepSize(config, precision, batch(), run.weights.keySet(), dropout);
      foretold = Backends.named("cuda").trainingMemory(step).orElseThrow();
      run.device.hold(run.all);
      Dropout applied = dropout == null ? new Dropout(DropoutRates.NONE, 0, 0) : dropout;
      for (int number = 1; number <= 2; number++) {
        run.update(batch(), applied, number, true);
      }
      run.device.letGo(run.all);
    }
    long taken = driver.shim_most() - before;

    assertThat(foretold - WORKSPACES)
        .as("%d foretold, %d taken", foretold, taken)
        .isCloseTo(taken - WORKSPACES, withinPercentage(10));
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
