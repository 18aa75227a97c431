package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.cuda.OnCudaShim;
import org.junit.jupiter.api.Test;

/** Weights and models that are closed while a decoder on a GPU reads them. */
@OnCudaShim
class CudaWeightsInUseTest {

  private final WeightsInUseTest tests = new WeightsInUseTest();

  @Test
  void closedWeightsAreRefused() {
    assertThat(LatentLoops.FUSED.backend().name()).isEqualTo("cuda");
    tests.closedWeightsAreRefused(LatentLoops.FUSED);
  }

  @Test
  void aDecoderOutlivesItsModelWhichRefusesToGoOn() {
    tests.aDecoderOutlivesItsModelWhichRefusesToGoOn(LatentLoops.FUSED);
  }
}
