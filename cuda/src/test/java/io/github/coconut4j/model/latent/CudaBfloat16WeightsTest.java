package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.cuda.CudaShim;
import io.github.coconut4j.model.cuda.OnCudaShim;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models with weights in bfloat16, on CUDA. */
@OnCudaShim
@AddLifecycleHook(OnCudaShim.PropertyCondition.class)
class CudaBfloat16WeightsTest extends Bfloat16WeightsTest {

  @Override
  @Property(tries = 3)
  void lossHiddenStatesLogitsAndAnswersAgree(@ForAll("cases") Case drawn) {
    assertThat(LatentLoops.FUSED.backend().name()).isEqualTo("cuda");
    super.lossHiddenStatesLogitsAndAnswersAgree(drawn);
  }

  @Override
  @Property(tries = 3)
  void gradientsOfAdaptersAgree(@ForAll("cases") Case drawn) {
    super.gradientsOfAdaptersAgree(drawn);
  }

  @Override
  @Provide
  Arbitrary<Case> cases() {
    return super.cases();
  }

  /** Products read the bfloat16 weights directly. */
  @Override
  @ParameterizedTest
  @MethodSource("configs")
  void productsInBfloat16AreFloat32sToBfloat16sRounding(TransformerConfig base) {
    CudaShim.load().shim_clear_log();
    super.productsInBfloat16AreFloat32sToBfloat16sRounding(base);
    assertThat(CudaShim.load().shim_log().lines()).contains("launch cublasLtMatmul bfloat16");
  }
}
