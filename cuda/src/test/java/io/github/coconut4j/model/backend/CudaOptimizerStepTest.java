package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.cuda.OnCudaShim;
import java.util.List;
import org.junit.jupiter.params.provider.Arguments;

/** The tests of the optimiser, on CUDA. */
@OnCudaShim
class CudaOptimizerStepTest extends OptimizerStepTest {

  static List<String> backends() {
    return List.of("cuda");
  }

  static List<Arguments> backendsAndThreads() {
    return List.of(Arguments.of("cuda", 1));
  }
}
