package io.github.coconut4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of GPT-2's smallest published size (124M parameters) with random values. */
@Tag("nightly")
class Gpt2SmallTest {

  private static final String QUESTION = "Janet's ducks lay 16 eggs per day. ".repeat(9);

  @TempDir private Path directory;

  private static CoconutModel random() {
    HuggingFaceTextTokenizer tokenizer =
        Gpt2Tokenizer.create().withSpecialTokens(SpecialTokens.COCONUT);
    int eos = tokenizer.id(SpecialTokens.END_OF_TEXT);
    TransformerConfig architecture =
        TransformerConfig.builder()
            .vocabSize(tokenizer.vocabularySize())
            .nPositions(1024)
            .nEmbd(768)
            .nLayer(12)
            .nHead(12)
            .bosTokenId(eos)
            .eosTokenId(eos)
            .build();
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(Method.COCONUT)
            .cThought(2)
            .maxLatentStage(3)
            .padLatentToMax(true)
            .build();
    return new CoconutModel(
        LatentTransformer.create(architecture, Weights.initial(architecture, 1), LatentLoops.AUTO),
        tokenizer,
        CoconutConfig.of(settings, 3, SpecialTokenIds.of(tokenizer, Method.COCONUT)));
  }

  @Test
  void isOpenedAndAnswersSoon() throws IOException {
    try (CoconutModel model = random()) {
      model.save(directory);
    }

    long start = System.nanoTime();
    try (CoconutModel model = CoconutModel.open(directory)) {
      final long opened = System.nanoTime();
      long[] first = new long[1];
      model.generate(
          List.of(QUESTION),
          GenerationOptions.builder().maxNewTokens(2).build(),
          (row, token) -> first[0] = first[0] == 0 ? System.nanoTime() : first[0]);

      assertThat((opened - start) / 1e9).as("seconds to open").isLessThan(3);
      assertThat((first[0] - opened) / 1e9).as("seconds to the first token").isLessThan(2);
    }
  }
}
