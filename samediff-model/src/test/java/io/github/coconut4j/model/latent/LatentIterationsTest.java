package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.plainjava.PlainJavaBackend;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Latents that are refined together against latents that are fed one after another, and against the
 * definition of the iterations (PCCoT, arXiv 2506.18582), computed vector by vector.
 */
class LatentIterationsTest {

  private static final int VOCABULARY = 19;

  /** Sequences of three, one, two and no latents. */
  private static final String[] ROWS = {".ww***wlll", "www*wwlll.", "..w**wll..", "wwwwlll..."};

  private static final int FIRST_LATENT = 3;
  private static final int MOST_LATENTS = 3;
  private static final LatentBatch BATCH = Batches.of(VOCABULARY, 3, ROWS);

  private static LatentTransformer model(
      LatentLoops loop, Architecture architecture, int iterations) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    return LatentTransformer.create(
        config.toBuilder().latentIterations(iterations).build(), Weights.initial(config, 5), loop);
  }

  private static int latents(int row) {
    return (int) ROWS[row].chars().filter(kind -> kind == '*').count();
  }

  private static INDArray at(INDArray states, int row, int step) {
    return states.getRow((long) row * BATCH.steps() + step);
  }

  private static double largestDifference(INDArray actual, INDArray expected) {
    return ArrayDifference.between(actual, expected).getLargest();
  }

  @ParameterizedTest
  @CsvSource({
    "FUSED, GPT2, 3",
    "FUSED, GPT2, 6",
    "FUSED, LLAMA, 3",
    "FUSED, LLAMA, 4",
    "UNROLLED, GPT2, 3",
    "UNROLLED, LLAMA, 4"
  })
  void asManyIterationsAsLatentsAreTheSequentialLoop(
      LatentLoops loop, Architecture architecture, int iterations) {
    try (LatentTransformer parallel = model(loop, architecture, iterations);
        LatentTransformer sequential = model(loop, architecture, 0)) {
      LoopsAgreeTest.assertAgree(parallel, sequential, BATCH);
      LoopsAgreeTest.assertDecodingAgrees(parallel, sequential, BATCH);
      INDArray fed = parallel.inputEmbeddings(BATCH);
      assertThat(largestDifference(fed, sequential.inputEmbeddings(BATCH))).isLessThan(1e-4);
    }
  }

  /** So many latents are exact, the next one is not, and words after it are not either. */
  @ParameterizedTest
  @CsvSource({
    "FUSED, GPT2, 1",
    "FUSED, GPT2, 2",
    "FUSED, LLAMA, 1",
    "FUSED, LLAMA, 2",
    "UNROLLED, GPT2, 2",
    "UNROLLED, LLAMA, 1"
  })
  void fewerIterationsAreExactForAsManyLatents(
      LatentLoops loop, Architecture architecture, int iterations) {
    try (LatentTransformer parallel = model(loop, architecture, iterations);
        LatentTransformer sequential = model(loop, architecture, 0)) {
      INDArray actual = parallel.hiddenStates(BATCH).reshape(-1, 6);
      INDArray expected = sequential.hiddenStates(BATCH).reshape(-1, 6);
      for (int row = 0; row < ROWS.length; row++) {
        int exact = latents(row) <= iterations ? BATCH.steps() : FIRST_LATENT + iterations;
        for (int step = 0; step < BATCH.steps(); step++) {
          if (ROWS[row].charAt(step) != '.') {
            double difference = largestDifference(at(actual, row, step), at(expected, row, step));
            String place = "row " + row + ", step " + step;
            if (step < exact) {
              assertThat(difference).as(place).isLessThan(1e-4);
            } else {
              assertThat(difference).as(place).isFinite().isGreaterThan(1e-3);
            }
          }
        }
      }
      double loss = sequential.loss(BATCH);
      assertThat(Math.abs(parallel.loss(BATCH) - loss)).isFinite().isGreaterThan(1e-4);
    }
  }

  /** Z and H of the definition, by a decoder that is given every vector from outside. */
  @ParameterizedTest
  @CsvSource({"FUSED, GPT2, 1", "FUSED, LLAMA, 2", "UNROLLED, GPT2, 2", "UNROLLED, LLAMA, 1"})
  void theIterationsAreThoseOfTheirDefinition(
      LatentLoops loop, Architecture architecture, int iterations) {
    LatentBatch batch = Batches.of(VOCABULARY, 8, "ww****ww");
    int latents = 4;
    int[] ids = batch.getInputIds().toIntVector();
    try (LatentTransformer parallel = model(loop, architecture, iterations);
        LatentTransformer plain = model(loop, architecture, 0);
        Decoder decoder = plain.decoder(question(batch), latents + 2)) {
      DecoderMark question = decoder.mark();
      INDArray table = plain.getWeights().tokenTable();
      INDArray fed = Nd4j.pullRows(table, 1, Arrays.copyOfRange(ids, 2, 2 + latents));
      for (int pass = 0; pass < iterations; pass++) {
        fed = statesBefore(decoder, question, fed);
      }
      INDArray given = parallel.inputEmbeddings(batch).reshape(batch.steps(), -1);
      assertThat(largestDifference(given.get(steps(2, 2 + latents)), fed)).isLessThan(1e-4);
      statesBefore(decoder, question, fed);
      for (int word = 2 + latents; word < ids.length; word++) {
        decoder.advance(new int[] {ids[word]});
        INDArray logits = parallel.logits(batch).reshape(batch.steps(), -1).getRow(word, true);
        assertThat(largestDifference(logits, decoder.logits())).isLessThan(1e-4);
      }
    }
  }

  private static INDArrayIndex[] steps(int from, int to) {
    return new INDArrayIndex[] {NDArrayIndex.interval(from, to), NDArrayIndex.all()};
  }

  private static INDArrayIndex[] columns(int to) {
    return new INDArrayIndex[] {NDArrayIndex.all(), NDArrayIndex.interval(0, to)};
  }

  private static LatentBatch question(LatentBatch batch) {
    INDArray ids = batch.getInputIds().get(columns(2)).dup();
    return LatentBatch.builder()
        .inputIds(ids)
        .positionIds(batch.getPositionIds().get(columns(2)).dup())
        .attentionMask(Nd4j.onesLike(ids))
        .latentMask(Nd4j.zerosLike(ids))
        .build();
  }

  /** One pass: the hidden states of the positions before each latent, which is fed a vector. */
  private static INDArray statesBefore(Decoder decoder, DecoderMark question, INDArray fed) {
    decoder.rewind(question);
    INDArray states = Nd4j.zerosLike(fed);
    for (int latent = 0; latent < fed.rows(); latent++) {
      states.putRow(latent, decoder.hiddenStates());
      decoder.advance(fed.getRow(latent, true).dup());
    }
    return states;
  }

  /** In each a part of the unrolled loop's inputs has no time steps. */
  @ParameterizedTest
  @CsvSource({
    "wwl*, 0",
    "wlw**, 0",
    "wlw**, 1",
    "wlw**, 2",
    "ww**l, 1",
    "ww**l, 2",
    "ww*l, 1",
    "ww*wl, 3"
  })
  void fewTimeStepsAreEnough(String row, int iterations) {
    LatentBatch batch = Batches.of(VOCABULARY, 4, row);
    try (LatentTransformer fused = model(LatentLoops.FUSED, Architecture.GPT2, iterations);
        LatentTransformer unrolled = model(LatentLoops.UNROLLED, Architecture.GPT2, iterations)) {
      LoopsAgreeTest.assertAgree(fused, unrolled, batch);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 4", "3, 1", "3, 2", "3, 5"})
  void aBatchTakesOnePassMoreThanIterationsWhateverItsLatents(int iterations, int latents) {
    LatentBatch batch = Batches.of(VOCABULARY, 2, "ww" + "*".repeat(latents) + "wl");
    assertThat(unrolledPasses(iterations, batch)).isEqualTo(iterations + 1);
    TransformerConfig config =
        Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder()
            .latentIterations(iterations)
            .build();
    try (LatentTransformer model =
        LatentTransformer.create(
            config, Weights.initial(config, 5), Backends.named("plain-java"), Precision.FLOAT32)) {
      assertThat(passes(config, () -> model.loss(batch))).isEqualTo(iterations + 1);
      assertThat(passes(config, () -> model.gradients(batch).close())).isEqualTo(iterations + 1);
      assertThat(passes(config, () -> model.decoder(batch, 1).close())).isEqualTo(iterations + 1);
    }
  }

  /** Backward, keys and values of the pass before are stored once more, and of no earlier one. */
  @Test
  void eachPassBringsBackWhatThePassBeforeItComputed() {
    int iterations = 4;
    LatentBatch batch = Batches.of(VOCABULARY, 2, "ww***wl");
    TransformerConfig config =
        Architectures.of(Architecture.GPT2, VOCABULARY).toBuilder()
            .latentIterations(iterations)
            .build();
    try (LatentTransformer model =
        LatentTransformer.create(
            config, Weights.initial(config, 5), Backends.named("plain-java"), Precision.FLOAT32)) {
      int before = PlainJavaBackend.STORED.get();
      model.gradients(batch).close();
      assertThat(PlainJavaBackend.STORED.get() - before)
          .isEqualTo(config.getNLayer() * (iterations + 1 + iterations));
    }
  }

  /** Passes that a device ran for one sequence. */
  private static int passes(TransformerConfig config, Runnable work) {
    int before = PlainJavaBackend.ATTENTIONS.get();
    work.run();
    return (PlainJavaBackend.ATTENTIONS.get() - before) / config.getNLayer();
  }

  private static long unrolledPasses(int iterations, LatentBatch batch) {
    try (LatentTransformer model = model(LatentLoops.UNROLLED, Architecture.GPT2, iterations)) {
      return model.getSameDiff(batch).variableMap().keySet().stream()
          .filter(name -> name.startsWith("latent_loop/pass_"))
          .map(name -> name.replaceFirst("(pass_\\d+)/.*", "$1"))
          .distinct()
          .count();
    }
  }

  @Test
  void aBatchWithoutLatentsTakesOnePass() {
    LatentBatch batch = Batches.of(VOCABULARY, 2, "wwwl", ".wll");
    BatchLayout layout = BatchLayout.of(batch).withLatentIterations(7);
    assertThat(layout.visits().list()).containsExactly(new Visit(0, 4));
    assertThat(unrolledPasses(7, batch)).isEqualTo(1);
  }

  @Test
  void passesGoOverAllLatentsOfTheLongestSequence() {
    BatchLayout layout = BatchLayout.of(BATCH);
    int end = FIRST_LATENT + MOST_LATENTS;
    assertThat(layout.withLatentIterations(0).visits()).isEqualTo(layout.visits());
    assertThat(layout.withLatentIterations(1).visits().list())
        .containsExactly(new Visit(0, end), new Visit(FIRST_LATENT, 10));
    List<Visit> visits = layout.withLatentIterations(3).visits().list();
    assertThat(visits)
        .containsExactly(
            new Visit(0, end),
            new Visit(FIRST_LATENT, end),
            new Visit(FIRST_LATENT, end),
            new Visit(FIRST_LATENT, 10));
  }

  @Test
  void iterationsAreNoNegativeNumber() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchLayout.of(BATCH).withLatentIterations(-1))
        .withMessageContaining("at least once")
        .withMessageContaining("-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model(LatentLoops.UNROLLED, Architecture.LLAMA, -2))
        .withMessage("latent_iterations must be at least 0, but is -2");
  }
}
