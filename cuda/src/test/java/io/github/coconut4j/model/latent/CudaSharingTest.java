package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.cuda.OnCudaShim;
import org.junit.jupiter.api.Test;

/** Models and threads that share a GPU. */
@OnCudaShim
class CudaSharingTest {

  private final SharingTest tests = new SharingTest();

  @Test
  void gradientsAreTheCallersUntilClosed() {
    assertThat(LatentLoops.FUSED.backend().name()).isEqualTo("cuda");
    tests.gradientsAreTheCallersUntilClosed(LatentLoops.FUSED);
  }

  @Test
  void gradientsOfTheSameBatchFollowTheWeights() {
    tests.gradientsOfTheSameBatchFollowTheWeights(LatentLoops.FUSED);
  }

  @Test
  void twoModelsInOneProcessGiveWhatTheyGiveAlone() {
    tests.twoModelsInOneProcessGiveWhatTheyGiveAlone(LatentLoops.FUSED);
  }

  @Test
  void threadsThatGenerateAtOnceWriteWhatTheyWriteAlone() throws Exception {
    tests.threadsThatGenerateAtOnceWriteWhatTheyWriteAlone(LatentLoops.FUSED);
  }
}
