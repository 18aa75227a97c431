package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.OnNonfinite;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Objective;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Delegate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Updates that are left out leave no trace, and others are not left out. */
class UpdateStepTest {

  private static final int VOCABULARY = 11;

  /** A token of a batch whose numbers are not finite. */
  private static final int BROKEN = 10;

  private static final TransformerConfig CONFIG =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(48)
          .nEmbd(8)
          .nLayer(2)
          .nHead(2)
          .build();

  /** Sequences of so many tokens; the last is labelled, and in a broken batch the token before. */
  private static MultiDataSet batch(boolean broken, int... lengths) {
    return new SequenceBatcher(0)
        .batch(IntStream.of(lengths).mapToObj(length -> sequence(broken, length)).toList());
  }

  private static TokenSequence sequence(boolean broken, int length) {
    int[] tokens = new int[length];
    int[] labels = new int[length];
    boolean[] latents = new boolean[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = (7 * i + length) % BROKEN;
      labels[i] = TokenSequence.IGNORED;
    }
    tokens[length - 2] = broken ? BROKEN : 1;
    labels[length - 1] = tokens[length - 1];
    latents[2] = true;
    return new TokenSequence(tokens, labels, latents);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void healthyUpdatesAfterOneThatWasLeftOutAreThoseOfAFreshModel(LatentLoops loops) {
    List<MultiDataSet> healthy = List.of(batch(false, 6), batch(false, 40, 35), batch(false, 9, 5));
    List<MultiDataSet> broken = List.of(batch(true, 33, 8), batch(true, 5));
    Map<String, INDArray> expected = train(loops, healthy, List.of());

    Map<String, INDArray> actual = train(loops, healthy, broken);

    assertThat(actual).isEqualTo(expected);
  }

  /** Weights after the healthy updates, with the others left out before each of them. */
  private static Map<String, INDArray> train(
      LatentLoops loops, List<MultiDataSet> healthy, List<MultiDataSet> broken) {
    Weights weights = Weights.initial(CONFIG, 3);
    INDArray row = weights.tokenTable().getRow(BROKEN);
    INDArray whole = row.dup();
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights, loops);
        Optimizer optimizer = new AdamW(weights.asMap(), 0)) {
      UpdateStep step =
          new UpdateStep(
              new LocalGradients(model, Objective.CROSS_ENTROPY),
              optimizer,
              null,
              OnNonfinite.SKIP);
      for (MultiDataSet each : healthy) {
        for (MultiDataSet other : broken) {
          row.assign(Float.NaN);
          assertThat(isApplied(step, optimizer, other)).isFalse();
          assertThat(isApplied(step, optimizer, each, other)).isFalse();
          row.assign(whole);
        }
        assertThat(isApplied(step, optimizer, each)).isTrue();
        assertThat(isApplied(step, optimizer, each, healthy.get(0))).isTrue();
        whole = row.dup();
      }
    }
    return weights.asMap();
  }

  private static boolean isApplied(UpdateStep step, Optimizer optimizer, MultiDataSet... batches) {
    int updates = optimizer.updates();
    run(step, List.of(batches));
    return optimizer.updates() > updates;
  }

  private static UpdateMetrics run(UpdateStep step, List<MultiDataSet> batches) {
    Dropout none = new Dropout(DropoutRates.NONE, 0, 0);
    return step.run(TrainingState.start(0), batches, none, 0.01, System.nanoTime());
  }

  @ParameterizedTest
  @CsvSource({"1e18,, true", "1e20,, false", "1e20, 1, true", "1e300, 1, true", "NaN, 1, false"})
  void aLargeGradientIsClippedOrRefusedButNotSquared(
      double norm, Double maxGradNorm, boolean applied) {
    Weights weights = Weights.initial(CONFIG, 3);
    try (LatentTransformer model = LatentTransformer.create(CONFIG, weights, LatentLoops.AUTO);
        Optimizer optimizer = new GivenNorm(new AdamW(weights.asMap(), 0), norm)) {
      MultiDataSet batch = batch(false, 6);
      UpdateStep skipping =
          new UpdateStep(
              new LocalGradients(model, Objective.CROSS_ENTROPY),
              optimizer,
              maxGradNorm,
              OnNonfinite.SKIP);
      assertThat(isApplied(skipping, optimizer, batch)).isEqualTo(applied);

      UpdateStep stopping =
          new UpdateStep(
              new LocalGradients(model, Objective.CROSS_ENTROPY),
              optimizer,
              maxGradNorm,
              OnNonfinite.STOP);
      if (applied) {
        assertThat(run(stopping, List.of(batch)).getGradNorm()).isEqualTo(norm);
      } else {
        assertThatThrownBy(() -> run(stopping, List.of(batch)))
            .isInstanceOf(NonFiniteException.class)
            .hasMessageContaining("gradient norm " + norm);
      }
    }
  }

  /** AdamW with another norm. */
  @RequiredArgsConstructor
  static final class GivenNorm implements Optimizer {

    @Delegate(excludes = Norm.class)
    private final AdamW adamW;

    private final double norm;

    /** What is not delegated. */
    interface Norm {
      double gradientNorm(Map<String, INDArray> gradients);
    }

    @Override
    public double gradientNorm(Map<String, INDArray> gradients) {
      return norm;
    }
  }
}
