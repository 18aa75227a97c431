package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.cuda.OnCudaShim;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sequences with several continuations, on CUDA. */
@OnCudaShim
class CudaContinuationsTest {

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"GPT2", "LLAMA"})
  void theyAreSequencesOfTheirOwn(Architecture architecture) {
    ContinuationsTest.assertSequencesOfTheirOwn(architecture, "cuda", 0);
    ContinuationsTest.assertBothDropTheSame(architecture, "cuda");
  }
}
