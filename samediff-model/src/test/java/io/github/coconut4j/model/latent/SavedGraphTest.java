package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.op.JavaOps;
import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/** The graphs as SameDiff's own: readable, saved to a file and loaded from it. */
class SavedGraphTest {

  private final Fixture fixture = Fixture.load("tiny-gpt2-a");

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void aSavedGraphComputesTheSameLoss(LatentLoops loop, @TempDir Path directory) {
    File file = directory.resolve("model.fb").toFile();
    try (LatentTransformer model =
        LatentTransformer.create(fixture.config(), fixture.weights(), loop)) {
      model.getSameDiff(withoutLatents()).save(file, false);
    }
    JavaOps.register();
    SameDiff loaded = SameDiff.load(file, false);
    double loss =
        loaded.output(Batches.placeholders(withoutLatents()), "loss").get("loss").getDouble();
    assertThat(loss).isFinite().isCloseTo(lossWithoutLatents(), within(1e-5));
  }

  @Test
  void theSummaryShowsTheLoopAsOneOp() {
    try (LatentTransformer model =
        LatentTransformer.create(fixture.config(), fixture.weights(), LatentLoops.FUSED)) {
      assertThat(model.getSameDiff().summary())
          .contains("latent_loop", "LatentLoopOp", "transformer.h.1.mlp.c_proj.weight");
    }
  }

  @Test
  void theSummaryShowsEachPassOfTheUnrolledLoop() {
    try (LatentTransformer model =
        LatentTransformer.create(fixture.config(), fixture.weights(), LatentLoops.UNROLLED)) {
      assertThat(model.getSameDiff(fixture.batch()).summary())
          .contains("latent_loop/pass_0/", "latent_loop/pass_3/")
          .doesNotContain("latent_loop/pass_4/");
    }
  }

  @Test
  void aGraphWithoutOurOpsRunsAsBefore() {
    JavaOps.register();
    SameDiff graph = SameDiff.create();
    SDVariable x = graph.var("x", Nd4j.createFromArray(1.0, 2.0));
    x.mul(x).sum("loss").markAsLoss();
    assertThat(graph.calculateGradients(Map.of(), "x").get("x").toDoubleVector())
        .containsExactly(2, 4);
  }

  private double lossWithoutLatents() {
    try (LatentTransformer model =
        LatentTransformer.create(fixture.config(), fixture.weights(), LatentLoops.UNROLLED)) {
      return model.loss(withoutLatents());
    }
  }

  private LatentBatch withoutLatents() {
    return Batches.of(60, 4, "wwwwll", ".wwlll");
  }
}
