package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceException;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.backend.WeightedLabels;
import io.github.coconut4j.model.latent.Batches;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.loop.Matrix;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A call that fails must leave no wrong values behind and must free its memory and handles. */
@OnCudaShim
class DeviceFailuresTest {

  private static final int OUT_OF_MEMORY = 2;
  private static final int INVALID_VALUE = 7;
  private static final int NOT_SUPPORTED = 15;
  private static final int MOST_GRAPHS = 32;
  private static final int LAUNCHES = 20;

  private final CudaShim.Driver driver = CudaShim.load();
  private final CudaShim.Blas blas = CudaShim.blas();
  private final CudaRuntime runtime = CudaRuntime.get();
  private final QueuedGpu gpu = runtime.gpu();

  @AfterEach
  void restoreTheGpu() {
    driver.shim_memory(CudaShim.MEMORY);
    driver.shim_lose_after(-1);
    driver.shim_graph_status(0, 0);
    blas.shim_heuristic_status(0);
    gpu.forgetFailure();
    gpu.keepGraphs(MOST_GRAPHS);
  }

  private float[] read(long address, int count) {
    float[] values = new float[count];
    try (FloatPointer host = new FloatPointer(count)) {
      gpu.download(address, host, (long) count * Float.BYTES);
      host.get(values);
    }
    return values;
  }

  /** The capture succeeds, but there is no memory to create or launch the graph. */
  @ParameterizedTest
  @CsvSource({OUT_OF_MEMORY + ",0", "0," + OUT_OF_MEMORY})
  void kernelsAreLaunchedOneByOneIfAGraphHasNoMemory(int made, int launched) {
    gpu.keepGraphs(0);
    gpu.keepGraphs(MOST_GRAPHS);
    driver.shim_graph_status(made, launched);
    try (GpuMemory sum = new GpuMemory(gpu);
        GpuMemory one = new GpuMemory(gpu)) {
      gpu.launch("fill", Grid.elements(4), one.require(4), 1f, 4L);
      gpu.submit();
      for (int run = 0; run < 3; run++) {
        gpu.clear(sum.require(4), 4);
        for (int i = 0; i < LAUNCHES; i++) {
          gpu.launch("addScaled", Grid.elements(4), sum.require(4), one.require(4), 1f, 1, 4L);
        }
        assertThat(read(sum.require(4), 4)).containsOnly(LAUNCHES);
      }
    }
    assertThat(driver.shim_graphs()).isZero();
    assertThat(driver.shim_captures()).isZero();
  }

  @Test
  void aCaptureWhoseCommandFailsIsFreed() {
    assertThatThrownBy(
            () ->
                gpu.driver()
                    .capture(
                        List.of(
                            device -> {
                              throw new DeviceException("none of CUDA's");
                            })))
        .hasMessage("none of CUDA's");
    assertThat(driver.shim_captures()).isZero();
    try (GpuMemory memory = new GpuMemory(gpu)) { // the stream runs commands again
      gpu.launch("fill", Grid.elements(4), memory.require(4), 3f, 4L);
      assertThat(read(memory.require(4), 4)).containsOnly(3);
    }
  }

  /** The driver rejects the command and stays usable, but queued commands are dropped. */
  @Test
  void nothingIsComputedAfterACommandThatFailed() {
    long used = driver.shim_used();
    try (GpuMemory memory = new GpuMemory(gpu)) {
      long address = memory.require(4);
      gpu.launch("no_such_kernel", Grid.elements(4), address, 4L);
      gpu.launch("fill", Grid.elements(4), address, 3f, 4L);
      assertThatThrownBy(gpu::submit)
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("no_such_kernel failed with CUDA_ERROR_NOT_FOUND");
      for (Runnable later :
          List.<Runnable>of(
              () -> gpu.clear(address, 4),
              () -> gpu.upload(new int[] {1}, address),
              () -> gpu.launch("fill", Grid.elements(4), address, 3f, 4L),
              () -> read(address, 4))) {
        assertThatThrownBy(later::run)
            .isInstanceOf(DeviceException.class)
            .hasMessageContaining("no_such_kernel failed with CUDA_ERROR_NOT_FOUND");
      }
    }
    assertThat(driver.shim_used()).as("memory is freed all the same").isEqualTo(used);
  }

  /** Commands of a model that is closed in mid-generation may fail only then. */
  @Test
  void everythingIsFreedIfACommandFailsWhileItIsClosed() {
    long used = driver.shim_used();
    KeyValueStore store = new KeyValueStore(gpu, 4);
    store.start(2, 3, true);
    gpu.launch("no_such_kernel", Grid.elements(4), store.keys(), 4L);
    store.close();
    assertThat(driver.shim_used()).isEqualTo(used);
    assertThatThrownBy(gpu::submit)
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("no_such_kernel failed with CUDA_ERROR_NOT_FOUND");
  }

  /** Such errors have no message. */
  @Test
  void nothingIsComputedAfterAnErrorOfJava() {
    int[] runs = {0};
    gpu.add(
        device -> {
          runs[0]++;
          throw new StackOverflowError();
        });
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(gpu::submit)
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("StackOverflowError")
          .hasRootCauseInstanceOf(StackOverflowError.class);
    }
    assertThat(runs[0]).isEqualTo(1);
  }

  @Test
  void aGpuThatIsFullIsReleased() {
    long contexts = driver.shim_contexts();
    DriverGpu device = new DriverGpu(0);
    driver.shim_memory(driver.shim_used());
    assertThatThrownBy(() -> CudaRuntime.queued(device, MOST_GRAPHS))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("enough free memory");
    assertThat(driver.shim_contexts()).isEqualTo(contexts);
  }

  /** The device's values are lost, and the host's outdated ones must not be returned instead. */
  @Test
  void aCopyToTheHostThatFailedFailsAgain() {
    INDArray array = Nd4j.createFromArray(1f, 2f, 3f, 4f);
    List<INDArray> held = List.of(array);
    runtime.mirrors().hold(held);
    runtime.mirrors().addScaled(array, array, 2, false);
    driver.shim_lose_after(0);
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> runtime.mirrors().toHost(held))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED");
    }
  }

  @Test
  void anAddendMustHaveTheSumsShape() {
    INDArray sum = Nd4j.zeros(DataType.FLOAT, 8);
    INDArray addend = Nd4j.zeros(DataType.FLOAT, 4);
    runtime.mirrors().hold(List.of(sum, addend));
    assertThatThrownBy(() -> runtime.mirrors().addScaled(sum, addend, 1, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[8], but has [4]");
    runtime.mirrors().release(List.of(sum, addend));
  }

  /** The next call must not write to the arrays of a failed one, which may be closed. */
  @Test
  void outputsOfACallThatFailedAreForgotten() {
    try (CudaDevice device = new CudaDevice(runtime, Precision.FLOAT32)) {
      INDArray output = Nd4j.zeros(DataType.FLOAT, 2, 3);
      device.output(output, "an output", 2, 3);
      assertThatThrownBy(
              () ->
                  device.run(
                      new int[] {0},
                      worker -> {
                        throw new OutOfMemoryError("no memory");
                      }))
          .isInstanceOf(OutOfMemoryError.class);
      output.close();
      device.finish();

      INDArray other = Nd4j.zeros(DataType.FLOAT, 2, 3);
      device.output(other, "an output", 2, 3);
      assertThatThrownBy(() -> device.input(Nd4j.zeros(DataType.FLOAT, 4), "an input", 5))
          .isInstanceOf(IllegalArgumentException.class);
      other.close();
      device.finish();
    }
  }

  @Test
  void aClosedTableAllocatesNothing() {
    TokenTable table = Backends.named("cuda").tokenTable(DataType.FLOAT, 5, 4);
    INDArray hidden = Nd4j.zeros(DataType.FLOAT, 1, 4);
    INDArray embeddings = Nd4j.zeros(DataType.FLOAT, 5, 4);
    table.close();
    long used = driver.shim_used();
    WeightedLabels labels = WeightedLabels.mean(new int[] {1});
    assertThatThrownBy(() -> table.crossEntropy(hidden, embeddings, labels))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(driver.shim_used()).isEqualTo(used);
  }

  @Test
  void aDecoderThatCannotBeMadeFreesItsHandles() {
    long handles = blas.shim_handles();
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(5)
            .nPositions(4)
            .nEmbd(260)
            .nLayer(1)
            .nHead(1)
            .build();
    LatentBatch prompts = Batches.of(5, 1, "ww");
    try (LatentTransformer model =
        LatentTransformer.create(
            config, Weights.initial(config, 1), Backends.named("cuda"), Precision.FLOAT32)) {
      assertThatThrownBy(() -> model.decoder(prompts, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("at most 256 values on a GPU", "have 260", "device cpu");
    }
    assertThat(blas.shim_handles()).isEqualTo(handles);
  }

  @Test
  void aRotaryTableThatCouldNotGrowIsComputedAgain() {
    double[] frequencies = {1, 0.5};
    try (RotaryTables tables = new RotaryTables(gpu)) {
      tables.of(frequencies, new int[] {10});
      runtime.mirrors().trim(); // what earlier tests left must not be found later
      driver.shim_memory(driver.shim_used());
      assertThatThrownBy(() -> tables.of(frequencies, new int[] {5000}))
          .isInstanceOf(OutOfMemoryError.class);
      driver.shim_memory(CudaShim.MEMORY);
      RotaryTables.Table table = tables.of(frequencies, new int[] {1});
      assertThat(read(table.cosines(), 4))
          .containsExactly(1, 1, (float) Math.cos(1), (float) Math.cos(0.5));
      assertThat(read(table.sines(), 4))
          .containsExactly(0, 0, (float) Math.sin(1), (float) Math.sin(0.5));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aProductWithoutAnAlgorithmFreesItsHandles(boolean hasBias) {
    long handles = blas.shim_handles();
    long used = driver.shim_used();
    blas.shim_heuristic_status(INVALID_VALUE);
    try (GpuMemory memory = new GpuMemory(gpu);
        CublasLtProducts products = new CublasLtProducts(gpu)) {
      Matrix square = Matrix.dense(memory.require(4), 2, 2);
      Operand factor = Operand.of(square);
      assertThatThrownBy(
              () ->
                  products.multiply(
                      factor, factor, hasBias ? square.rows(0, 1) : null, null, square))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUBLAS_STATUS_INVALID_VALUE");
    }
    assertThat(blas.shim_handles()).isEqualTo(handles);
    assertThat(driver.shim_used()).isEqualTo(used);
  }

  /** A kernel's failure is reported by any later call, and cuBLASLt does not say whose it is. */
  @Test
  void aProductThatFindsTheDeviceLostSaysSo() {
    try (GpuMemory memory = new GpuMemory(gpu);
        CublasLtProducts products = new CublasLtProducts(gpu)) {
      Matrix square = Matrix.dense(memory.require(4), 2, 2);
      gpu.add(device -> assertThatThrownBy(() -> lose(device)).isNotNull());
      products.multiply(Operand.of(square), Operand.of(square), null, null, square);
      assertThatThrownBy(gpu::submit)
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED");
    }
  }

  private void lose(DriverGpu device) {
    driver.shim_lose_after(0);
    device.launch("fill", Grid.elements(1), 0L, 0f, 0L);
  }

  @Test
  void aProductThatCublasLtDoesNotSupportIsComputedWithoutIt() {
    blas.shim_heuristic_status(NOT_SUPPORTED);
    try (CublasLtProducts products = new CublasLtProducts(gpu)) {
      assertThat(product(products, 0)).containsExactly(8, 11, 16, 23);
    }
  }

  /** cuBLASLt loads a bias as vectors of 16 bytes, and its heuristics do not ask for more. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aBiasMayHaveAnyAlignment(int floats) {
    try (CublasLtProducts products = new CublasLtProducts(gpu)) {
      assertThat(product(products, floats)).containsExactly(8, 11, 16, 23);
    }
  }

  /** [[1, 2], [3, 4]] squared, plus the bias [1, 1]. */
  private float[] product(Products products, int biasOffset) {
    try (GpuMemory memory = new GpuMemory(gpu);
        FloatPointer host = new FloatPointer(1, 2, 3, 4)) {
      long address = memory.require(16);
      gpu.upload(host, address, 4 * Float.BYTES);
      gpu.launch("fill", Grid.elements(8), address + 4 * Float.BYTES, 1f, 8L);
      Operand square = Operand.of(Matrix.dense(address, 2, 2));
      Matrix bias = Matrix.dense(address + (4L + biasOffset) * Float.BYTES, 1, 2);
      Matrix result = Matrix.dense(address + 12 * Float.BYTES, 2, 2);
      products.multiply(square, square, bias, null, result);
      return read(result.address(), 4);
    }
  }

  /** A driver may read the host's memory until the copy is complete. */
  @Test
  void theHostsMemoryMayBeChangedOnceALargeUploadReturns() {
    int floats = 1 << 19;
    try (GpuMemory memory = new GpuMemory(gpu)) {
      long address = memory.require(floats);
      try (FloatPointer host = new FloatPointer(floats)) {
        host.put(floats - 1, 3);
        gpu.upload(host, address, (long) floats * Float.BYTES);
        host.put(floats - 1, 4);
      }
      assertThat(read(address, floats)).endsWith(3);
    }
  }

  /** Each thread must be bound to the GPU, also one that only closes what others made. */
  @Test
  void productsMayBeClosedByAnotherThread() throws InterruptedException {
    long handles = blas.shim_handles();
    CublasLtProducts products = new CublasLtProducts(gpu);
    Thread closing = new Thread(products::close);
    closing.start();
    closing.join();
    assertThat(blas.shim_handles()).isEqualTo(handles);
  }

  /** A file in the cache may be damaged by the disk. */
  @Test
  void damagedKernelsAreCompiledAgain() {
    byte[] kernels = KernelCache.get(CudaRuntime.key(90), DeviceFailuresTest::unexpected);
    String key = "damaged kernels";
    KernelCache.renew(key, () -> "no cubin".getBytes(StandardCharsets.UTF_8));
    long contexts = driver.shim_contexts();
    CudaRuntime.driver(0, key, () -> kernels);
    assertThat(driver.shim_contexts()).as("one context that started").isEqualTo(contexts + 1);
    assertThat(KernelCache.get(key, DeviceFailuresTest::unexpected)).isEqualTo(kernels);
  }

  private static byte[] unexpected() {
    throw new AssertionError("The kernels are in the cache");
  }

  @Test
  void gridsAreWithinCudasLimits() {
    assertThat(Grid.tiles(1 << 21, 1 << 19, 16)).isEqualTo(new Grid(1 << 17, 1 << 15, 16, 16));
    assertThatThrownBy(() -> Grid.rows(1L << 31, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2147483647 by 65535 blocks", "2147483648 by 1", "smaller batches");
  }
}
