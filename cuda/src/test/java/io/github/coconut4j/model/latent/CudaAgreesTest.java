package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.cuda.OnCudaShim;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LoopsAgreeTest.Case;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;

/** Compares CUDA's loop with the unrolled one on random architectures and batches. */
@AddLifecycleHook(OnCudaShim.PropertyCondition.class)
class CudaAgreesTest {

  private final LoopsAgreeTest random = new LoopsAgreeTest();

  @Property(tries = 8)
  void outputsAndGradientsAgree(@ForAll("cases") Case drawn) {
    check(drawn);
  }

  @Property(tries = 3)
  void theyAgreeWithParallelLatents(
      @ForAll("cases") Case drawn, @ForAll @IntRange(min = 1, max = 5) int iterations) {
    check(drawn.refined(iterations));
  }

  @Property(tries = 4)
  void gradientsAgreeUnderDropout(
      @ForAll("cases") Case drawn, @ForAll("dropouts") Dropout dropout) {
    checkDropout(drawn, dropout);
  }

  @Tag("nightly")
  @Property(tries = 80)
  void manyAgree(
      @ForAll("cases") Case drawn,
      @ForAll("dropouts") Dropout dropout,
      @ForAll @IntRange(min = 0, max = 3) int iterations) {
    Case refined = iterations == 0 ? drawn : drawn.refined(iterations);
    check(refined);
    checkDropout(refined, dropout);
  }

  @Provide
  Arbitrary<Case> cases() {
    return random.cases();
  }

  @Provide
  Arbitrary<Dropout> dropouts() {
    return random.dropouts();
  }

  private static LatentTransformer model(Case drawn, Weights weights, String backend) {
    return LatentTransformer.create(
        drawn.config(), weights, Backends.named(backend), Precision.FLOAT32);
  }

  private static void check(Case drawn) {
    LatentBatch batch = Batches.of(LoopsAgreeTest.VOCABULARY, drawn.seed(), drawn.rows());
    Weights weights = Weights.initial(drawn.config(), drawn.seed());
    try (LatentTransformer cuda = model(drawn, weights, "cuda");
        LatentTransformer unrolled = model(drawn, weights, "nd4j")) {
      LoopsAgreeTest.assertAgree(cuda, unrolled, batch);
      LoopsAgreeTest.assertDecodingAgrees(cuda, unrolled, batch);
    }
  }

  private static void checkDropout(Case drawn, Dropout dropout) {
    LatentBatch batch = Batches.of(LoopsAgreeTest.VOCABULARY, drawn.seed(), drawn.rows());
    Weights weights = Weights.initial(drawn.config(), drawn.seed());
    try (LatentTransformer cuda = model(drawn, weights, "cuda");
        LatentTransformer unrolled = model(drawn, weights, "nd4j");
        LossGradients actual = cuda.gradients(batch, Objective.CROSS_ENTROPY, dropout);
        LossGradients expected = unrolled.gradients(batch, Objective.CROSS_ENTROPY, dropout)) {
      LoopsAgreeTest.assertAgree(actual, expected);
    }
  }
}
