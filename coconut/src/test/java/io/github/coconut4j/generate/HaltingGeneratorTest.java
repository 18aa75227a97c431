package io.github.coconut4j.generate;

import static io.github.coconut4j.generate.HaltingInputs.MOST;
import static io.github.coconut4j.generate.HaltingInputs.QUESTIONS;
import static io.github.coconut4j.generate.HaltingInputs.most;
import static io.github.coconut4j.generate.HaltingInputs.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Thinking that ends by confidence, against prompts with a fixed number of thoughts. */
class HaltingGeneratorTest {

  private static GenerationOptions halting(double threshold, int batchSize) {
    return options().halt(Halt.CONFIDENCE).haltThreshold(threshold).batchSize(batchSize).build();
  }

  /** Largest probability of the next token after a prompt with so many latents, read at once. */
  private static double confidence(CoconutModel model, String question, int latents) {
    int[] tokens = EncodedProblem.question(question, model.getTokenizer());
    TokenSequence prompt = model.sequences().prompt(tokens, latents);
    LatentBatch batch = LatentBatch.of(new SequenceBatcher(0).batch(List.of(prompt)));
    try (Decoder decoder = model.getTransformer().decoder(batch, 0)) {
      float[] logits = decoder.logitRows()[0];
      double largest = Double.NEGATIVE_INFINITY;
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
        largest = Math.max(largest, logit);
      }
      return Math.exp(largest) / sum;
    }
  }

  private static int[] expectedThoughts(CoconutModel model, double threshold) {
    int[] most = most();
    return IntStream.range(0, most.length)
        .map(
            i ->
                IntStream.range(1, most[i])
                    .filter(k -> confidence(model, QUESTIONS.get(i), k) >= threshold)
                    .findFirst()
                    .orElse(most[i]))
        .toArray();
  }

  /** A threshold in the middle of those that are met, and far from each. */
  private static double threshold(CoconutModel model) {
    double[] met =
        QUESTIONS.stream()
            .flatMapToDouble(
                question ->
                    IntStream.range(1, MOST).mapToDouble(k -> confidence(model, question, k)))
            .sorted()
            .toArray();
    int widest =
        IntStream.range(met.length / 4, 3 * met.length / 4)
            .boxed()
            .max((i, j) -> Double.compare(met[i + 1] - met[i], met[j + 1] - met[j]))
            .orElseThrow();
    return (met[widest] + met[widest + 1]) / 2;
  }

  private static void check(CoconutModel model) {
    double threshold = threshold(model);
    int[] thoughts = expectedThoughts(model, threshold);
    assertThat(IntStream.of(thoughts).distinct().count()).isGreaterThan(3);
    List<Generation> expected =
        model.generate(QUESTIONS, thoughts, options().build(), TokenListener.NONE);
    for (int batchSize : new int[] {1, 4, 32}) {
      List<Generation> halted =
          model.generate(QUESTIONS, most(), halting(threshold, batchSize), TokenListener.NONE);
      assertThat(halted).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void eachPromptStopsWhereItIsSureAndWritesWhatItWritesAfterSoManyThoughts(LatentLoops loop) {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, loop)) {
      check(model);
    }
  }

  @Test
  void soDoModelsWhoseThoughtsAreMapped() {
    try (CoconutModel model = TinyModels.mapped(ThoughtMapConfig.projection(7), 0)) {
      check(model);
    }
  }

  @Test
  void anythingPassesALowThresholdAndNothingAHighOne() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      int[] least = IntStream.of(most()).map(most -> Math.min(1, most)).toArray();
      assertThat(model.generate(QUESTIONS, most(), halting(1e-9, 32), TokenListener.NONE))
          .isEqualTo(model.generate(QUESTIONS, least, options().build(), TokenListener.NONE));
      assertThat(model.generate(QUESTIONS, most(), halting(1, 32), TokenListener.NONE))
          .isEqualTo(model.generate(QUESTIONS, most(), options().build(), TokenListener.NONE));
    }
  }

  /** A prompt and its thoughts may fill the model's positions; attempts to halt need none. */
  @Test
  void triesNeedNoPositions() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      String question = QUESTIONS.get(0);
      int length = EncodedProblem.question(question, model.getTokenizer()).length;
      int all = 256 - length - 2;
      List<Generation> halted =
          model.generate(List.of(question), new int[] {all}, halting(1, 1), TokenListener.NONE);
      assertThat(halted.get(0).getLatents()).isEqualTo(all);
      String longer = question.replaceFirst("Every", "Every lorpus is a gorpus. Every");
      assertThat(EncodedProblem.question(longer, model.getTokenizer()).length)
          .isGreaterThan(length);
      assertThat(
              model.generate(
                  List.of(question, longer), new int[] {all, 1}, halting(1, 2), TokenListener.NONE))
          .extracting(Generation::getLatents)
          .containsExactly(all, 1);
      assertThatThrownBy(
              () ->
                  model.generate(
                      List.of(question), new int[] {all + 1}, halting(1, 1), TokenListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("256 positions");
    }
  }

  /** With as many thoughts, the longest question has room for three tokens, the others for more. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1e-9})
  void aLongQuestionLeavesShorterOnesTheirRoom(double threshold) {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      int longest =
          QUESTIONS.stream()
              .mapToInt(question -> EncodedProblem.question(question, model.getTokenizer()).length)
              .max()
              .orElseThrow();
      int[] most = IntStream.generate(() -> 256 - longest - 4).limit(QUESTIONS.size()).toArray();
      GenerationOptions together =
          halting(threshold, 32).toBuilder().excludedToken(model.endOfSequence()[0]).build();
      GenerationOptions alone = together.toBuilder().batchSize(1).build();

      List<Generation> written = model.generate(QUESTIONS, most, together, TokenListener.NONE);

      assertThat(written).isEqualTo(model.generate(QUESTIONS, most, alone, TokenListener.NONE));
      assertThat(written)
          .extracting(generation -> generation.getTokenIds().length)
          .contains(3, 7)
          .allMatch(tokens -> tokens >= 3 && tokens <= 7);
    }
  }

  @Test
  void theModelSaysHowItStopsAndEvaluationsHowMuchItThought() {
    try (CoconutModel plain = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      CoconutConfig config = plain.getConfig().withHalt(Halt.CONFIDENCE, 1e-9);
      assertThat(config.atStage(2).getHalt()).isEqualTo(Halt.CONFIDENCE);
      CoconutModel model = plain.withConfig(config);
      GenerationOptions five = options().latents(5).build();

      Evaluation evaluation = new Evaluator(model, five).evaluate(TinyModels.problems(4, 3));
      assertThat(evaluation.meanLatents()).isEqualTo(1);
      GenerationOptions fixed = five.toBuilder().halt(Halt.FIXED).build();
      assertThat(new Evaluator(model, fixed).evaluate(TinyModels.problems(4, 3)).meanLatents())
          .isEqualTo(5);
    }
  }

  @Test
  void modelsThatCannotStopAreRefused() {
    try (CoconutModel model = TinyModels.phrases(Method.PAUSE, LatentLoops.AUTO)) {
      assertThatThrownBy(() -> model.generate(QUESTIONS, halting(0.9, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("`halt` needs a model with latents", "pause");
    }
    try (CoconutModel model = TinyModels.parallel(2, LatentLoops.AUTO)) {
      assertThatThrownBy(() -> model.generate(QUESTIONS, halting(0.9, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("refines them together");
    }
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      GenerationOptions without = options().haltThreshold(0.9).build();
      assertThatThrownBy(() -> model.generate(QUESTIONS, without))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("A threshold of halting needs `halt` to be confidence or learned");
    }
    assertThatThrownBy(() -> halting(0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "The threshold of halting needs to be a probability above 0 and at most 1");
    assertThatThrownBy(() -> halting(Double.NaN, 2)).hasMessageContaining("but is NaN");
  }
}
