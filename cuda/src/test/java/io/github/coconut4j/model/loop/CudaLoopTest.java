package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.cuda.OnCudaShim;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The tests of the loop, on CUDA. */
@OnCudaShim
class CudaLoopTest extends DeviceLoopTest {

  static Stream<Arguments> devices() {
    return Stream.of(Arguments.of("cuda", 1));
  }
}
