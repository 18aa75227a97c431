package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Gpt2TokenizerTest {

  private static final TextTokenizer TOKENIZER = Gpt2Tokenizer.create();
  private static final Encoding JTOKKIT =
      Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);

  /** Ids of GPT-2's published vocabulary. */
  @Test
  void givesThePublishedIds() {
    assertThat(TOKENIZER.encode("Hello world")).containsExactly(15496, 995);
    assertThat(TOKENIZER.encode("<|endoftext|>")).containsExactly(50256);
    assertThat(TOKENIZER.id("<<")).isEqualTo(16791);
    assertThat(TOKENIZER.token(220)).isEqualTo("\u0120");
    assertThat(TOKENIZER.vocabularySize()).isEqualTo(50257);
  }

  /** Over all 800 published problems a question has 360 tokens on average and 542 at most. */
  @Test
  void needsForQuestionsTheTokensThatWereCounted() throws IOException {
    List<ReasoningProblem> problems = PublishedProblems.read();
    double mean =
        problems.stream()
            .mapToInt(problem -> TOKENIZER.encode(problem.getQuestion()).length)
            .average()
            .orElseThrow();
    assertThat(mean).isCloseTo(360, within(10.0));
  }

  /** Table 1 of the paper: 8.2 tokens on ProsQA if only answers are written. */
  @Test
  void countsForAnswersWhatThePaperCounts() throws IOException {
    double mean =
        PublishedProblems.read().stream()
            .mapToInt(problem -> Gpt2Tokenizer.count("### " + problem.getAnswer()))
            .average()
            .orElseThrow();
    assertThat(mean).isCloseTo(8.2, within(0.1));
  }

  /** Of letters only old ones: what counts as a letter differs between versions of Unicode. */
  @Property(tries = 300)
  void encodesAsJtokkitDoesAndDecodes(
      @ForAll
          @StringLength(max = 40)
          @CharRange(from = ' ', to = '~')
          @CharRange(from = '\u00c0', to = '\u017f')
          @CharRange(from = '\u4e00', to = '\u4eff')
          @Chars({'\n', '\t'})
          String text) {
    assertThat(TOKENIZER.encode(text)).isEqualTo(JTOKKIT.encodeOrdinary(text).toArray());
    assertThat(TOKENIZER.decode(TOKENIZER.encode(text))).isEqualTo(text);
  }

  @Test
  void encodesTextAsJtokkitDoes() throws IOException {
    for (ReasoningProblem problem : PublishedProblems.read().subList(0, 20)) {
      String text =
          problem.getQuestion() + "\n### don't <<12/4=3>> caf\u00e9 \ud83e\udd65\n\n  1,000.50";
      assertThat(TOKENIZER.encode(text)).isEqualTo(JTOKKIT.encodeOrdinary(text).toArray());
    }
  }

  @Test
  void takesInSpecialTokensInThePublishedOrder(@TempDir Path folder) throws IOException {
    try (HuggingFaceTextTokenizer gpt2 = Gpt2Tokenizer.create();
        HuggingFaceTextTokenizer coconut = gpt2.withSpecialTokens(SpecialTokens.COCONUT);
        HuggingFaceTextTokenizer again = coconut.withSpecialTokens(SpecialTokens.COCONUT)) {
      assertThat(coconut.encode("a<|start-latent|><|latent|><|end-latent|>"))
          .containsExactly(64, 50257, 50259, 50258);
      assertThat(coconut.vocabularySize()).isEqualTo(50260);
      assertThat(again.vocabularySize()).isEqualTo(50260);
      assertThat(coconut.decode(new int[] {64, 50257, 50259, 50258, 50256})).isEqualTo("a");
      coconut.save(folder);
      try (TextTokenizer opened = HuggingFaceTextTokenizer.open(folder)) {
        assertThat(opened.id(SpecialTokens.LATENT)).isEqualTo(50259);
      }
    }
  }
}
