package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.coconut4j.model.backend.RunArrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The copies of arrays in GPU memory. */
@OnCudaShim
class ArrayMirrorsTest {

  private final CudaShim.Driver driver = CudaShim.load();
  private final QueuedGpu gpu = CudaRuntime.get().gpu();
  private final ArrayMirrors mirrors = CudaRuntime.get().mirrors();

  @AfterEach
  void restoreMemory() {
    driver.shim_memory(CudaShim.MEMORY);
  }

  /** As a program that passes new arrays in each call, without ever closing one. */
  @Test
  void unreachableArraysGiveTheirMemoryToTheNext() {
    long bytes = 1 << 20;
    mirrors.trim();
    driver.shim_memory(driver.shim_used() + 2 * bytes);
    assertThatCode(
            () -> {
              for (int i = 0; i < 8; i++) {
                INDArray array = Nd4j.zeros(DataType.FLOAT, bytes / Float.BYTES);
                gpu.clear(mirrors.of(array).address(), array.length());
                gpu.submit();
              }
              try (GpuMemory buffer = new GpuMemory(gpu)) { // such as activations
                buffer.requireBytes(2 * bytes);
              }
            })
        .doesNotThrowAnyException();
  }

  /** Its place then belongs to another array, and the host may have written to it. */
  @Test
  void aReleasedNumberIsNotCopiedToTheHost() {
    INDArray number = Nd4j.scalar(5f);
    try (RunArrays run = mirrors.runArrays();
        GpuMemory other = new GpuMemory(gpu);
        FloatPointer host = new FloatPointer(1)) {
      run.start();
      run.hold(List.of(number));
      ArrayMirrors.Mirror mirror = mirrors.of(number);
      gpu.launch("fill", Grid.elements(1), mirror.address(), 7f, 1L);
      mirrors.deviceChanged(mirror, number);
      run.release(number);

      gpu.launch("fill", Grid.elements(1), other.require(1), 3f, 1L);
      mirrors.downloadWithScalars(new Gpu.Download(other.require(1), host, Float.BYTES));
      assertThat(host.get()).isEqualTo(3);
      assertThat(number.getFloat()).isEqualTo(5);
    }
  }
}
