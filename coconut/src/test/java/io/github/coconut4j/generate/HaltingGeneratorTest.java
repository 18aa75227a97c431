package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Thinking that ends by confidence, against prompts with a fixed number of thoughts. */
class HaltingGeneratorTest {

  private static final int MOST = 5;
  private static final List<String> QUESTIONS =
      TinyModels.problems(9, 3).stream().map(ReasoningProblem::getQuestion).toList();

  private static GenerationOptions.GenerationOptionsBuilder options() {
    return GenerationOptions.builder().maxNewTokens(7);
  }

  private static GenerationOptions halting(double threshold, int batchSize) {
    return options().halt(Halt.CONFIDENCE).haltThreshold(threshold).batchSize(batchSize).build();
  }

  /** Questions may have other numbers of latents, the first none and most as many. */
  private static int[] most() {
    return IntStream.range(0, QUESTIONS.size()).map(i -> i < 2 ? 3 * i : MOST).toArray();
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

  /** What a model's stop signal says after a question and so many latents. */
  private static double signal(CoconutModel model, HaltHead head, String question, int latents) {
    int[] tokens = EncodedProblem.question(question, model.getTokenizer());
    LatentBatch batch =
        LatentBatch.of(new SequenceBatcher(0).batch(List.of(model.sequences().opening(tokens))));
    try (Decoder decoder = model.getTransformer().decoder(batch, latents)) {
      for (int k = 0; k < latents; k++) {
        decoder.advance(decoder.latents());
      }
      return head.probability(decoder.hiddenStates().toFloatVector(), 0);
    }
  }

  private static HaltHead head(int width, double threshold) {
    return new HaltHead(new Random(5).doubles(width, -1, 1).toArray(), 0.1, threshold);
  }

  /** A sigmoid of 50 rounds to 1. */
  @Test
  void noThoughtsEndByAThresholdOfOneHoweverSureTheSignalIs() {
    try (CoconutModel plain = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      double[] weight = new double[plain.getTransformer().getConfig().getNEmbd()];
      CoconutModel sure = plain.withHaltHead(new HaltHead(weight, 50, 1));
      GenerationOptions least = options().haltThreshold(0.9999).build();

      assertThat(sure.generate(QUESTIONS, most(), options().build(), TokenListener.NONE))
          .isEqualTo(plain.generate(QUESTIONS, most(), options().build(), TokenListener.NONE));
      assertThat(sure.generate(QUESTIONS, most(), least, TokenListener.NONE))
          .allMatch(generation -> generation.getLatents() <= 1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void eachPromptStopsWhereTheSignalSaysSo(LatentLoops loop) {
    try (CoconutModel plain = TinyModels.phrases(Method.COCONUT, loop)) {
      HaltHead head = head(plain.getTransformer().getConfig().getNEmbd(), 1);
      double[] said =
          QUESTIONS.stream()
              .flatMapToDouble(
                  question ->
                      IntStream.range(1, MOST).mapToDouble(k -> signal(plain, head, question, k)))
              .sorted()
              .toArray();
      double threshold = (said[2 * said.length / 3] + said[2 * said.length / 3 + 1]) / 2;
      int[] most = most();
      int[] thoughts =
          IntStream.range(0, most.length)
              .map(
                  i ->
                      IntStream.range(1, most[i])
                          .filter(k -> signal(plain, head, QUESTIONS.get(i), k) >= threshold)
                          .findFirst()
                          .orElse(most[i]))
              .toArray();
      assertThat(IntStream.of(thoughts).distinct().count()).isGreaterThan(2);
      List<Generation> expected =
          plain.generate(QUESTIONS, thoughts, options().build(), TokenListener.NONE);

      CoconutModel model =
          plain.withHaltHead(head(plain.getTransformer().getConfig().getNEmbd(), threshold));
      for (int batchSize : new int[] {1, 4, 32}) {
        GenerationOptions asked = options().batchSize(batchSize).build();
        assertThat(model.generate(QUESTIONS, most, asked, TokenListener.NONE)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aSignalIsSavedWithItsModelAndReadAgain(@TempDir Path directory) throws IOException {
    Path saved = directory.resolve("model");
    List<Generation> written;
    try (CoconutModel plain = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      int width = plain.getTransformer().getConfig().getNEmbd();
      CoconutModel model = plain.withHaltHead(head(width, 0.5));
      model.save(saved);
      written = model.generate(QUESTIONS, most(), options().build(), TokenListener.NONE);
      assertThatThrownBy(() -> plain.withHaltHead(head(width + 1, 0.5)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the model's width");
      GenerationOptions learned = options().halt(Halt.LEARNED).build();
      assertThatThrownBy(() -> plain.generate(QUESTIONS, learned))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("halt.safetensors", "Train it with `halt: learned`");
    }
    try (CoconutModel model = CoconutModel.open(saved)) {
      assertThat(model.getConfig().getHalt()).isEqualTo(Halt.LEARNED);
      assertThat(HaltHead.read(saved, model.getTransformer().getConfig().getNEmbd()).getThreshold())
          .isEqualTo(0.5);
      assertThat(model.generate(QUESTIONS, most(), options().build(), TokenListener.NONE))
          .isEqualTo(written);
    }
    head(3, 0.5).write(saved);
    assertThatThrownBy(() -> CoconutModel.open(saved))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("halt.safetensors", "halt.weight [1, ");
    Files.delete(saved.resolve(HaltHead.FILE));
    assertThatThrownBy(() -> CoconutModel.open(saved))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("halt.safetensors");
  }

  @Test
  void aSignalIsUsedWhereItIsAskedFor(@TempDir Path directory) throws IOException {
    Path saved = directory.resolve("model");
    List<Generation> halted;
    List<Generation> fixed;
    try (CoconutModel plain = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      CoconutModel learned =
          plain.withHaltHead(head(plain.getTransformer().getConfig().getNEmbd(), 0.5));
      learned.withConfig(plain.getConfig()).save(saved);
      halted = learned.generate(QUESTIONS, most(), options().build(), TokenListener.NONE);
      fixed = plain.generate(QUESTIONS, most(), options().build(), TokenListener.NONE);
    }
    assertThat(halted).isNotEqualTo(fixed);
    GenerationOptions asked = options().halt(Halt.LEARNED).build();
    GenerationOptions never = asked.toBuilder().haltThreshold(1.0).build();
    try (CoconutModel model = CoconutModel.open(saved)) {
      assertThat(model.generate(QUESTIONS, most(), options().build(), TokenListener.NONE))
          .isEqualTo(fixed);
      assertThat(model.generate(QUESTIONS, most(), asked, TokenListener.NONE)).isEqualTo(halted);
      assertThat(model.generate(QUESTIONS, most(), never, TokenListener.NONE)).isEqualTo(fixed);
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
