package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** With adapters, and every parameter trained. Larger values would amplify rounding. */
  private static LatentTransformer adapted(LatentLoops loops) {
    Weights base = Weights.initial(ARCHITECTURE, 3);
    LoraConfig lora =
        LoraConfig.builder().r(2).loraAlpha(4).targetPattern(LoraConfig.ALL_LINEAR).build();
    LoraAdapter adapter = LoraAdapter.initial(lora, ARCHITECTURE, base, 3);
    adapter
        .asMap()
        .forEach(
            (name, array) -> {
              for (long i = 0; i < array.length(); i++) {
                array.putScalar(i, 0.2 * Math.sin(i + 1.0));
              }
            });
    Weights weights = adapter.on(ARCHITECTURE, base);
    return LatentTransformer.create(
        adapter.on(ARCHITECTURE), weights.withTrained(weights.asMap().keySet()), loops);
  }

  /**
   * Micro-batches of 2, 7, 4 and 12 labelled tokens weigh as their tokens do, not a quarter each,
   * and have the masks of the large batch.
   */
  @ParameterizedTest
  @CsvSource({"0, AUTO", "0.3, AUTO", "0.3, UNROLLED"})
  void unequalMicroBatchesGiveTheGradientsOfTheLargeBatch(double rate, LatentLoops loops) {
    TokenSequence small = sequence(5, 2);
    TokenSequence large = sequence(9, 7);
    TokenSequence middle = sequence(6, 4);
    MultiDataSet pair = batch(sequence(7, 6), sequence(8, 6));
    Dropout dropout = new Dropout(new DropoutRates(rate, rate, rate, rate), 11, 4);
    try (LatentTransformer transformer = adapted(loops)) {
      GradientSource source = new LocalGradients(transformer, Objective.CROSS_ENTROPY);
      MultiDataSet all = batch(small, large, sequence(7, 6), sequence(8, 6), middle);
      List<MultiDataSet> four = List.of(batch(small), batch(large), pair, batch(middle));
      try (LossGradients summed = source.gradients(four, dropout);
          LossGradients whole = source.gradients(List.of(all), dropout)) {
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
