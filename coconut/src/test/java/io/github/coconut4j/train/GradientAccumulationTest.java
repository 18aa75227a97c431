package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.dataset.api.MultiDataSet;

class GradientAccumulationTest {

  private static final TransformerConfig ARCHITECTURE =
      TransformerConfig.builder().vocabSize(11).nPositions(12).nEmbd(8).nLayer(2).nHead(2).build();

  private static TokenSequence sequence(int length, int labelled) {
    int[] tokens = new int[length];
    int[] labels = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = (7 * i + length) % 11;
      labels[i] = i >= length - labelled ? tokens[i] : TokenSequence.IGNORED;
    }
    return new TokenSequence(tokens, labels, new boolean[length]);
  }

  private static MultiDataSet batch(TokenSequence... sequences) {
    return new SequenceBatcher(0).batch(List.of(sequences));
  }

  /** Micro-batches of 2 and 7 labelled tokens weigh as their tokens do, not half each. */
  @Test
  void unequalMicroBatchesGiveTheGradientsOfTheLargeBatch() {
    TokenSequence small = sequence(5, 2);
    TokenSequence large = sequence(9, 7);
    Weights weights = Weights.initial(ARCHITECTURE, 3);
    try (LatentTransformer transformer =
        LatentTransformer.create(ARCHITECTURE, weights, LatentLoops.AUTO)) {
      GradientSource source = new LocalGradients(transformer, Objective.CROSS_ENTROPY);
      try (LossGradients summed = source.gradients(List.of(batch(small), batch(large)));
          LossGradients whole = source.gradients(List.of(batch(small, large)))) {
        assertThat(whole.getLoss()).isFinite();
        assertThat(summed.getLoss()).isCloseTo(whole.getLoss(), within(1e-6));
        assertThat(ArrayDifference.between(summed.getGradients(), whole.getGradients()))
            .allSatisfy(
                (name, difference) ->
                    assertThat(difference).matches(d -> d.isWithin(1e-6), "within 1e-6"));
      }
    }
  }
}
