package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.Decoder;
import io.github.coconut4j.model.latent.DecoderMark;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GeneratorTest {

  private static final int ROOM = 12;
  private static final List<int[]> PROMPTS =
      List.of(
          new int[] {5}, new int[] {9, 4, 7}, new int[] {3, 8}, new int[] {6}, new int[] {2, 2});

  @Test
  void sequencesOfLikeLengthShareABatch() {
    List<int[]> batches = Generator.batchesByLength(new int[] {5, 2, 9, 2, 7}, 2);

    assertThat(batches).containsExactly(new int[] {1, 3}, new int[] {0, 4}, new int[] {2});
    assertThat(Generator.batchesByLength(new int[0], 2)).isEmpty();
  }

  /** The likeliest tokens of whole sequences, computed again for each token. */
  private static int[] recomputed(LatentTransformer transformer, int[] prompt, Set<Integer> ends) {
    List<Integer> tokens = new ArrayList<>(IntStream.of(prompt).boxed().toList());
    while (tokens.size() < prompt.length + ROOM) {
      int[] sequence = tokens.stream().mapToInt(Integer::intValue).toArray();
      try (Decoder decoder = transformer.decoder(batch(List.of(sequence)), 0)) {
        float[] scores = decoder.logitRows()[0];
        int next =
            IntStream.range(0, scores.length)
                .reduce(0, (best, token) -> scores[token] > scores[best] ? token : best);
        if (ends.contains(next)) {
          break;
        }
        tokens.add(next);
      }
    }
    return tokens.stream().skip(prompt.length).mapToInt(Integer::intValue).toArray();
  }

  private static LatentBatch batch(List<int[]> prompts) {
    return LatentBatch.of(
        new SequenceBatcher(0).batch(prompts.stream().map(GeneratorTest::sequence).toList()));
  }

  private static TokenSequence sequence(int[] tokens) {
    return TokenSequence.prompt(tokens, new boolean[tokens.length]);
  }

  /** Ends that some rows reach early, some late and some never. */
  private static int[] ends(LatentTransformer transformer) {
    int[] first = recomputed(transformer, PROMPTS.get(1), Set.of());
    int[] second = recomputed(transformer, PROMPTS.get(3), Set.of());
    return new int[] {first[1], second[4]};
  }

  @Test
  void rowsThatEndAtDifferentTimesWriteWhatTheyWriteAlone() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      LatentTransformer transformer = model.getTransformer();
      int[] ends = ends(transformer);
      Set<Integer> endSet = new HashSet<>(Arrays.asList(ends[0], ends[1]));
      List<int[]> expected =
          PROMPTS.stream().map(prompt -> recomputed(transformer, prompt, endSet)).toList();
      GenerationOptions options =
          GenerationOptions.builder().maxNewTokens(ROOM).batchSize(3).build();
      Generator generator = new Generator(transformer, options, TokenListener.NONE, ends);

      List<int[]> leaving =
          generator.generate(PROMPTS.stream().map(GeneratorTest::sequence).toList());

      assertThat(expected.stream().map(text -> text.length).distinct().count()).isGreaterThan(2);
      assertThat(leaving).containsExactlyElementsOf(expected);
      try (Decoder decoder = transformer.decoder(batch(PROMPTS), ROOM - 1)) {
        DecoderMark mark = decoder.mark();
        int[] numbers = IntStream.range(0, PROMPTS.size()).toArray();
        for (int i = 0; i < 2; i++) {
          List<int[]> staying = generator.generate(decoder, numbers, ROOM);
          assertThat(staying).containsExactlyElementsOf(expected);
          decoder.rewind(mark);
        }
      }
    }
  }

  /** The model's positions end each text where they would end it in a batch of one. */
  @Test
  void aLongPromptLeavesAShorterOneItsRoom() {
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, LatentLoops.AUTO)) {
      List<TokenSequence> prompts =
          IntStream.of(250, 200, 256, 248)
              .mapToObj(length -> IntStream.range(0, length).map(i -> 1 + 7 * i % 40).toArray())
              .map(GeneratorTest::sequence)
              .toList();
      GenerationOptions options =
          GenerationOptions.builder().maxNewTokens(12).batchSize(3).excludedToken(0).build();
      Generator generator = new Generator(model.getTransformer(), options, TokenListener.NONE, 0);

      List<int[]> together = generator.generate(prompts);

      assertThat(together).extracting(text -> text.length).containsExactly(7, 12, 1, 9);
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(generator.generate(List.of(prompts.get(i)))).containsExactly(together.get(i));
      }
    }
  }
}
