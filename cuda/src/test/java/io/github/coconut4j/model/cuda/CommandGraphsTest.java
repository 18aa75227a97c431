package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.DeviceException;
import io.github.coconut4j.model.cuda.ResidentStepTest.Run;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.Architectures;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares steps that are launched as graphs with steps whose kernels are launched one by one. */
@OnCudaShim
class CommandGraphsTest {

  private static final int VOCABULARY = 29;
  private static final int STEPS = 50;
  private static final int MOST_GRAPHS = 32;

  private static final List<List<String>> LAYOUTS =
      List.of(
          List.of("..www**wll", ".wwww**lll"),
          List.of("wwww*wll", "..ww*wll"),
          List.of("wwww**wlll", "wwww***lll"));

  private final CudaShim.Driver driver = CudaShim.load();
  private final QueuedGpu gpu = CudaRuntime.get().gpu();

  /** Results of steps, the number of replayed graphs, and the most graphs at once. */
  private record Steps(List<Double> losses, List<float[]> arrays, long replayed, long most) {}

  @BeforeEach
  void forgetGraphs() {
    gpu.keepGraphs(0);
  }

  @AfterEach
  void keepGraphsAgain() {
    driver.shim_refuse_capture(0);
    gpu.keepGraphs(MOST_GRAPHS);
  }

  /** A batch with new tokens and, every other time, more padding; neither changes the layout. */
  private static LatentBatch batch(int number) {
    String[] rows = LAYOUTS.get(number % LAYOUTS.size()).toArray(String[]::new);
    rows[0] = number % 2 == 0 ? rows[0] : rows[0].replaceFirst("w", ".");
    return Batches.of(VOCABULARY, number, rows);
  }

  /** Runs steps with alternating layouts, each with a new dropout mask. */
  private Steps steps(int count, int graphs) {
    gpu.keepGraphs(graphs);
    TransformerConfig config =
        Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder().nLayer(1).build();
    List<Double> losses = new ArrayList<>();
    long replayed = 0;
    long most = 0;
    try (Run run = new Run(config, "cuda")) {
      run.device.hold(run.all);
      for (int number = 1; number <= count; number++) {
        Dropout dropout = new Dropout(new DropoutRates(0.1, 0.1, 0.1), 5, number);
        driver.shim_clear_log();
        losses.add(run.update(batch(number), dropout, number, true));
        replayed += driver.shim_log().lines().filter(line -> line.startsWith("graph")).count();
        most = Math.max(most, driver.shim_graphs());
      }
      run.device.release(run.all);
      List<float[]> arrays = run.all.stream().map(each -> each.data().asFloat()).toList();
      return new Steps(losses, arrays, replayed, most);
    }
  }

  private static void assertSameBits(Steps actual, Steps expected) {
    assertThat(actual.losses()).isEqualTo(expected.losses());
    for (int i = 0; i < expected.arrays().size(); i++) {
      assertThat(actual.arrays().get(i))
          .as("array %d", i)
          .containsExactly(expected.arrays().get(i));
    }
  }

  @Test
  void stepsHaveTheSameBitsWithAndWithoutGraphs() {
    Steps direct = steps(STEPS, 0);
    Steps graphs = steps(STEPS, MOST_GRAPHS);
    assertThat(direct.replayed()).isZero();
    assertThat(direct.most()).isZero();
    assertThat(graphs.most()).as("one of each layout").isEqualTo(LAYOUTS.size());
    assertThat(graphs.replayed())
        .as("a layout's first step is launched directly, as are those before buffers grew")
        .isGreaterThanOrEqualTo(STEPS - 3L * LAYOUTS.size());
    assertSameBits(graphs, direct);
    assertThat(direct.losses()).as("each step has another batch and mask").doesNotHaveDuplicates();
  }

  @Test
  void graphsBeyondTheLimitAreFreed() {
    Steps few = steps(12, 2);
    assertThat(few.most()).isEqualTo(2);
    gpu.keepGraphs(1);
    assertThat(driver.shim_graphs()).isEqualTo(1);
    gpu.keepGraphs(0);
    assertThat(driver.shim_graphs()).isZero();
    assertSameBits(few, steps(12, 0));
  }

  @Test
  void kernelsAreLaunchedOneByOneIfACaptureFails() {
    driver.shim_refuse_capture(1);
    Steps refused = steps(6, MOST_GRAPHS);
    assertThat(refused.replayed()).isZero();
    assertThat(driver.shim_graphs()).isZero();
    assertSameBits(refused, steps(6, 0));
  }

  /** The shim must reject what CUDA's documentation forbids while a stream is captured. */
  @Test
  void callsThatACaptureForbidsAreRejectedWithoutSideEffects() {
    DriverGpu device = gpu.driver();
    long memory = gpu.allocate(8);
    boolean hadFailed = device.hasFailed(); // true after a test that loses the GPU
    for (GpuCommand forbidden :
        List.<GpuCommand>of(
            driver -> driver.allocate(8),
            driver -> driver.free(memory),
            DriverGpu::synchronize,
            driver -> driver.download(memory, new LongPointer(1), 8))) {
      assertThatThrownBy(() -> device.capture(List.of(forbidden)))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_STREAM_CAPTURE");
      assertThat(device.hasFailed()).isEqualTo(hadFailed);
    }
    gpu.free(memory);
    assertThat(driver.shim_graphs()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "4000000000", "many", ""})
  void aNumberOfGraphsThatIsNoneIsRejected(String given) {
    System.setProperty(CudaRuntime.GRAPHS, given);
    try {
      assertThatThrownBy(CudaRuntime::graphs)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(
              CudaRuntime.GRAPHS + " needs a number of at least 0 but is " + given);
    } finally {
      System.clearProperty(CudaRuntime.GRAPHS);
    }
  }
}
