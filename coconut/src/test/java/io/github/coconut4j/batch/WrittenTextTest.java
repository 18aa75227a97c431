package io.github.coconut4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of a stream, against what the tokenizer decodes from all tokens at once. */
class WrittenTextTest {

  private static final String TEXT =
      "  Every gorpus — naïve, 日本語 and 👩‍👩‍👧‍👦 —\n\tisn't a  zumpus, is it?\n### 1,234.5 ";

  private static String streamed(WrittenText text, int[] ids) {
    StringBuilder streamed = new StringBuilder();
    for (int id : ids) {
      text.add(id);
      streamed.append(text.more());
    }
    return streamed.append(text.rest()).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama3", "mistral", "qwen2"})
  void piecesAreTheWholeText(String name) throws IOException {
    Path directory = Path.of("../data/src/test/resources/tokenizers", name);
    try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(directory)) {
      int[] ids = tokenizer.encode(TEXT);
      for (int count = 0; count <= ids.length; count++) {
        int[] some = IntStream.of(ids).limit(count).toArray();
        WrittenText text = new WrittenText(tokenizer, List.of());

        assertThat(streamed(text, some)).isEqualTo(text.text());
        String whole = tokenizer.decode(some);
        if (!whole.endsWith("\uFFFD")) { // for half a character some decoders alter the one before
          assertThat(text.text()).isEqualTo(whole);
        }
      }
    }
  }

  /** Of its second character only the first byte is known when its first one is complete. */
  @Test
  void aStopIsHeldBackBeforeAnIncompleteCharacter() throws IOException {
    Path directory = Path.of("../data/src/test/resources/tokenizers/llama3");
    try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(directory)) {
      WrittenText text = new WrittenText(tokenizer, List.of("本語"));
      StringBuilder streamed = new StringBuilder();
      int[] ids = tokenizer.encode("日本語と");
      for (int i = 0; !text.isStopped(); i++) {
        streamed.append(text.more());
        text.add(ids[i]);
      }

      assertThat(text.text()).isEqualTo("日");
      assertThat(streamed.append(text.rest()).toString()).isEqualTo("日");
    }
  }

  /** A tokenizer of which only {@code decode} is used. */
  private static TextTokenizer decoding(Function<int[], String> decode) {
    return (TextTokenizer)
        FaultyModel.proxy(
            TextTokenizer.class, (proxy, method, arguments) -> decode.apply((int[]) arguments[0]));
  }

  @Test
  void aTokenIsNotDecodedAnewForEveryOneAfterIt() {
    int[] decoded = new int[1];
    TextTokenizer counting =
        decoding(
            ids -> {
              decoded[0] += ids.length;
              return "a".repeat(ids.length);
            });
    WrittenText text = new WrittenText(counting, List.of("stop"));
    int[] ids = new int[2000];

    for (int id : ids) {
      text.add(id);
      assertThat(text.isStopped()).isFalse();
      text.more();
    }

    assertThat(text.text()).hasSize(ids.length);
    assertThat(decoded[0]).isLessThan(5 * ids.length);
  }

  /** Some decoders take spaces away again: what follows must still be streamed. */
  @Test
  void aDecoderThatAltersWhatItWroteDoesNotSilenceTheStream() {
    List<String> words = List.of("I", "do", "n", "'", "t", "know", "the", "answer");
    TextTokenizer cleaning =
        decoding(
            ids ->
                IntStream.of(ids)
                    .mapToObj(words::get)
                    .collect(Collectors.joining(" "))
                    .replace(" n ' t", "n't"));
    WrittenText text = new WrittenText(cleaning, List.of());

    String streamed = streamed(text, IntStream.range(0, words.size()).toArray());

    assertThat(streamed).isEqualTo(text.text()).startsWith("I do").endsWith(" know the answer");
  }

  @Test
  void aStopIsFoundAcrossTokens() {
    String letters = "tell me what to do";
    TextTokenizer spelling =
        decoding(
            ids ->
                IntStream.of(ids)
                    .mapToObj(i -> letters.substring(i, i + 1))
                    .collect(Collectors.joining()));
    WrittenText text = new WrittenText(spelling, List.of("what", "hat"));
    StringBuilder streamed = new StringBuilder();
    for (int i = 0; !text.isStopped(); i++) {
      streamed.append(text.more());
      text.add(i);
    }

    assertThat(text.text()).isEqualTo("tell me ");
    assertThat(streamed.append(text.rest()).toString()).isEqualTo("tell me ");
  }
}
