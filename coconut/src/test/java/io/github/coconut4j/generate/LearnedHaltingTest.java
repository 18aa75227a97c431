package io.github.coconut4j.generate;

import static io.github.coconut4j.generate.HaltingInputs.MOST;
import static io.github.coconut4j.generate.HaltingInputs.QUESTIONS;
import static io.github.coconut4j.generate.HaltingInputs.most;
import static io.github.coconut4j.generate.HaltingInputs.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.ModelFormatException;
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

/** Thinking that ends by a model's stop signal, against prompts with a fixed number of thoughts. */
class LearnedHaltingTest {

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
}
