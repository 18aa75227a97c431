package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.cuda.OnCudaShim;
import java.util.List;
import org.junit.jupiter.params.provider.Arguments;

/** The tests of token tables, on CUDA. */
@OnCudaShim
class CudaTokenTableTest extends TokenTableTest {

  static List<String> backends() {
    return List.of("cuda");
  }

  static List<Arguments> sizes() {
    return List.of(Arguments.of("cuda", 300, 41, 1), Arguments.of("cuda", 3, 1, 1));
  }

  static List<Arguments> weightedSizes() {
    return sizes();
  }
}
