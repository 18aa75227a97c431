package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.EqualArrays;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What models, threads and callers share must not show in their results. */
class SharingTest {

  private static final int VOCABULARY = 11;
  private static final int NEW_TOKENS = 5;

  private final TransformerConfig config =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(16)
          .nEmbd(12)
          .nLayer(2)
          .nHead(3)
          .initializerRange(0.3)
          .build();

  private final LatentBatch batch = Batches.of(VOCABULARY, 1, "ww**wll.", ".w*wllll", "wwwwwlll");
  private final LatentBatch other = Batches.of(VOCABULARY, 2, "w*lll");

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void gradientsAreTheCallersUntilClosed(LatentLoops loop) {
    try (LatentTransformer model = model(3, loop);
        LossGradients held = model.gradients(batch)) {
      Map<String, INDArray> before = copies(held);
      model.gradients(other).close();
      model.gradients(batch).close();
      model.loss(other);
      EqualArrays.assertEqual(held.getGradients(), before);
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void reusedMemoryHoldsTheSameGradients(LatentLoops loop) {
    try (LatentTransformer model = model(3, loop)) {
      Map<String, INDArray> first;
      try (LossGradients gradients = model.gradients(batch)) {
        first = copies(gradients);
      }
      model.gradients(other).close();
      try (LossGradients gradients = model.gradients(batch)) {
        EqualArrays.assertEqual(gradients.getGradients(), first);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void gradientsOfTheSameBatchFollowTheWeights(LatentLoops loop) {
    try (LatentTransformer model = model(3, loop)) {
      model.gradients(batch).close();
      model.getWeights().asMap().values().forEach(weight -> weight.muli(1.5));
      try (LatentTransformer fresh = LatentTransformer.create(config, model.getWeights(), loop);
          LossGradients expected = fresh.gradients(batch);
          LossGradients gradients = model.gradients(batch)) {
        EqualArrays.assertEqual(gradients.getGradients(), expected.getGradients());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void twoModelsInOneProcessGiveWhatTheyGiveAlone(LatentLoops loop) {
    double aloneA = loss(model(3, loop));
    double aloneB = loss(model(4, loop));
    assertThat(aloneA).isFinite();
    assertThat(aloneB).isFinite();
    try (LatentTransformer a = model(3, loop);
        LatentTransformer b = model(4, loop)) {
      for (int i = 0; i < 3; i++) {
        assertThat(a.loss(batch)).isEqualTo(aloneA);
        assertThat(b.loss(batch)).isEqualTo(aloneB);
        a.gradients(other).close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void threadsThatGenerateAtOnceWriteWhatTheyWriteAlone(LatentLoops loop) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (LatentTransformer model = model(3, loop)) {
      List<LatentBatch> prompts =
          IntStream.range(0, 8)
              .mapToObj(seed -> Batches.of(VOCABULARY, seed, "ww**w", ".w*w."))
              .toList();
      List<List<Integer>> alone = prompts.stream().map(prompt -> generate(model, prompt)).toList();
      List<Future<List<Integer>>> together = new ArrayList<>();
      for (int round = 0; round < 5; round++) {
        for (LatentBatch prompt : prompts) {
          together.add(threads.submit(() -> generate(model, prompt)));
        }
      }
      for (int i = 0; i < together.size(); i++) {
        assertThat(together.get(i).get()).isEqualTo(alone.get(i % prompts.size()));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private LatentTransformer model(long seed, LatentLoops loop) {
    return LatentTransformer.create(config, Weights.initial(config, seed), loop);
  }

  private double loss(LatentTransformer model) {
    try (model) {
      return model.loss(batch);
    }
  }

  private static Map<String, INDArray> copies(LossGradients gradients) {
    Map<String, INDArray> copies = new HashMap<>();
    gradients.getGradients().forEach((name, gradient) -> copies.put(name, gradient.dup()));
    return copies;
  }

  private static List<Integer> generate(LatentTransformer model, LatentBatch prompts) {
    List<Integer> written = new ArrayList<>();
    try (Decoder decoder = model.decoder(prompts, NEW_TOKENS)) {
      for (int i = 0; i < NEW_TOKENS; i++) {
        int[] likeliest = decoder.logits().argMax(1).toIntVector();
        IntStream.of(likeliest).forEach(written::add);
        decoder.advance(likeliest);
      }
    }
    return written;
  }
}
