package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.backend.DeviceException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shim must find races that give the same results in every order of threads. */
@OnCudaShim
class RacesTest {

  private static final String KERNELS =
      """
      extern "C" __global__ void reversed(float* x) {
        __shared__ float part[64];
        part[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        x[threadIdx.x] = part[63 - threadIdx.x];
        __syncthreads();
        part[threadIdx.x] = x[63 - threadIdx.x];
      }
      extern "C" __global__ void sharedWritten(float* x) {
        __shared__ float part[64];
        part[0] = 1;
        __syncthreads();
        x[threadIdx.x] = part[0];
      }
      extern "C" __global__ void sharedOverwritten(float* x) {
        __shared__ float part[64];
        part[threadIdx.x] = 1;
        __syncthreads();
        x[threadIdx.x] = part[63 - threadIdx.x];
        part[threadIdx.x] = 1;
      }
      extern "C" __global__ void writtenByThreads(float* x) { x[threadIdx.x / 2] = 1; }
      extern "C" __global__ void writtenByBlocks(float* x) {
        if (threadIdx.x == 0) x[0] = 1;
      }
      extern "C" __global__ void readByBlocks(float* x) {
        float one = x[0];
        if (blockIdx.x == 1 && threadIdx.x == 0) x[0] = 1;
        x[1 + 64 * blockIdx.x + threadIdx.x] = one;
      }
      extern "C" __global__ void exchanged(float* x) {
        __shared__ float part[64];
        part[threadIdx.x] = 1;
        float one = __shfl_xor_sync(0xffffffffu, part[threadIdx.x], 1);
        x[threadIdx.x] = one * part[threadIdx.x ^ 1];
      }
      extern "C" __global__ void halves(unsigned short* x) { x[threadIdx.x] = 1; }
      """;

  private static final int FLOATS = 256;

  private static final CudaShim.Driver DRIVER = CudaShim.load();
  private static DriverGpu gpu;

  @BeforeAll
  static void load() {
    gpu = new DriverGpu(0);
    gpu.load(KernelCompiler.compile(KERNELS, 90));
  }

  @AfterAll
  static void close() {
    gpu.close();
  }

  @AfterEach
  void restore() {
    DRIVER.shim_find_races(0);
    DRIVER.shim_lose_after(-1);
  }

  /** Runs a kernel, with blocks of two warps. */
  private static void run(String kernel, int blocks) {
    long address = gpu.allocate(FLOATS * Float.BYTES);
    try {
      gpu.clear(address, FLOATS);
      gpu.launch(kernel, new Grid(blocks, 1, 64, 1), address);
      gpu.synchronize();
    } finally {
      DRIVER.shim_lose_after(-1);
      gpu.free(address);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sharedWritten",
        "sharedOverwritten",
        "writtenByThreads",
        "writtenByBlocks",
        "readByBlocks",
        "exchanged"
      })
  void aRaceIsFound(String kernel) {
    run(kernel, 2); // nobody looks for races
    DRIVER.shim_find_races(1);
    assertThatThrownBy(() -> run(kernel, 2))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining(kernel);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reversed", "halves"})
  void accessesWithABarrierBetweenAreNoRace(String kernel) {
    DRIVER.shim_find_races(1);
    run(kernel, 1);
  }

  @Test
  void accessesByDifferentKernelsAreNoRace() {
    DRIVER.shim_find_races(1);
    long address = gpu.allocate(FLOATS * Float.BYTES);
    gpu.launch("reversed", new Grid(1, 1, 64, 1), address);
    gpu.launch("reversed", new Grid(1, 1, 64, 1), address);
    gpu.synchronize();
    gpu.free(address);
  }
}
