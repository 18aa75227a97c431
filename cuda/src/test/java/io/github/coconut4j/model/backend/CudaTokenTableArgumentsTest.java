package io.github.coconut4j.model.backend;

import io.github.coconut4j.model.cuda.OnCudaShim;
import java.util.List;

/** The arguments of token tables, on CUDA. */
@OnCudaShim
class CudaTokenTableArgumentsTest extends TokenTableArgumentsTest {

  static List<String> backends() {
    return List.of("cuda");
  }
}
