package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.cuda.CudaShim;
import io.github.coconut4j.model.cuda.OnCudaShim;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Compares training in bfloat16 with training in float32, on CUDA. */
@OnCudaShim
class CudaPrecisionTest extends PrecisionTest {

  @Override
  @ParameterizedTest
  @FieldSource("CONFIGS")
  void lossAndGradientsAreFloat32sToBfloat16sRounding(TransformerConfig config) {
    assertThat(LatentLoops.FUSED.backend().name()).isEqualTo("cuda");
    assertThat(LatentLoops.FUSED.backend().unsupportedReason(Precision.BF16)).isEmpty();
    CudaShim.load().shim_clear_log();
    super.lossAndGradientsAreFloat32sToBfloat16sRounding(config);
    assertThat(CudaShim.load().shim_log().lines())
        .contains("launch cublasLtMatmul bfloat16", "launch cublasLtMatmul", "launch roundRows");
  }
}
