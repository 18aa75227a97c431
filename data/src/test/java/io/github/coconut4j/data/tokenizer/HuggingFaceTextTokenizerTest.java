package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceTextTokenizerTest {

  private static final String WORDS =
      "{\"version\":\"1.0\",\"added_tokens\":[],\"pre_tokenizer\":{\"type\":\"Whitespace\"},"
          + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"null\":0,\"b\":1,\"c\":2},\"unk_token\":"
          + "\"[UNK]\"}}";

  @TempDir private Path folder;

  @Test
  void takesATokenizerThatOthersMade() {
    try (HuggingFaceTextTokenizer plain = open(WORDS);
        TextTokenizer extended = plain.withSpecialTokens(List.of("b", "<pause>"))) {
      assertThat(plain.encode("b null c")).containsExactly(1, 0, 2);
      assertThat(plain.vocabularySize()).isEqualTo(3);
      assertThat(plain.findId("<pause>")).isEmpty();
      assertThat(extended.id("b")).isEqualTo(1);
      assertThat(extended.encode("c<pause>b")).containsExactly(2, 3, 1);
      assertThatThrownBy(() -> plain.token(5))
          .isInstanceOf(UnknownTokenException.class)
          .hasMessageContaining("found 5");
    }
  }

  /** The library itself takes neither. */
  @Test
  void dropsAByteOrderMarkAndNamesUtf16() {
    try (HuggingFaceTextTokenizer marked = open("\ufeff" + WORDS)) {
      assertThat(marked.encode("b null c")).containsExactly(1, 0, 2);
    }
    byte[] utf16 = ("\ufeff" + WORDS).getBytes(StandardCharsets.UTF_16LE);
    assertThatThrownBy(() -> HuggingFaceTextTokenizer.parse(utf16, "test"))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining("test must be UTF-8 text, found UTF-16");
  }

  @Test
  void refusesWhatAUnigramModelDoesNotKnow() {
    String unigram =
        "{\"version\":\"1.0\",\"added_tokens\":[],\"pre_tokenizer\":{\"type\":\"Whitespace\"},"
            + "\"model\":{\"type\":\"Unigram\",\"unk_id\":1,"
            + "\"vocab\":[[\"b\",-1.0],[\"<unk>\",0.0],[\"c\",-2.0]]}}";
    try (TextTokenizer tokenizer = open(unigram)) {
      assertThat(tokenizer.encode("b c b")).containsExactly(0, 2, 0);
      assertThatThrownBy(() -> tokenizer.encode("b d"))
          .isInstanceOf(UnknownTokenException.class)
          .hasMessageContaining("found 'd' in 'b d'");
    }
  }

  /** The tokenizers library numbers new tokens by the count of those before, not by the file. */
  @Test
  void extendsAVocabularyWithGapsAfterItsGreatestId() throws IOException {
    try (HuggingFaceTextTokenizer gapped = open(WORDS.replace("\"c\":2", "\"c\":7"));
        HuggingFaceTextTokenizer extended = gapped.withSpecialTokens(List.of("<pause>", "<x>"));
        TextTokenizer again = HuggingFaceTextTokenizer.parse(saved(extended), "again")) {
      assertThat(gapped.vocabularySize()).as("one more than the greatest id").isEqualTo(8);
      assertThat(gapped.encode("c")).containsExactly(7);
      assertThat(extended.encode("b<pause><x>c")).containsExactly(1, 8, 9, 7);
      assertThat(again.encode("b<pause><x>c")).containsExactly(1, 8, 9, 7);
      assertThat(again.decode(new int[] {1, 8, 9, 7})).isEqualTo("b c");
    }
  }

  private byte[] saved(TextTokenizer tokenizer) throws IOException {
    tokenizer.save(folder);
    return Files.readAllBytes(folder.resolve("tokenizer.json"));
  }

  /** An added token's id that leaves others out, as of a vocabulary converted from elsewhere. */
  @Test
  void addedTokensKeepTheIdsThatTheFileGivesThem() {
    String gapped = WORDS.replace("\"added_tokens\":[]", "\"added_tokens\":[" + token(6) + "]");
    try (TextTokenizer tokenizer = open(gapped)) {
      assertThat(tokenizer.encode("b<x>c")).containsExactly(1, 6, 2);
      assertThat(tokenizer.vocabularySize()).isEqualTo(7);
    }
  }

  private static String token(int id) {
    return "{\"id\":"
        + id
        + ",\"content\":\"<x>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
        + "\"normalized\":false,\"special\":true}";
  }

  /** Hugging Face's library decodes rows that pad an embedding table to nothing. */
  @Test
  void idsWithoutATokenDecodeToNothing() {
    try (TextTokenizer tokenizer = open(WORDS)) {
      assertThat(tokenizer.decode(new int[] {1, 3, 2, 50303})).isEqualTo("b c");
      assertThat(tokenizer.display(3)).isEqualTo("[3]");
      assertThat(tokenizer.display(2)).isEqualTo("c");
      assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}))
          .isInstanceOf(UnknownTokenException.class);
    }
  }

  @Test
  void aByteOrderMarkIsDropped() {
    try (TextTokenizer tokenizer = open("\uFEFF" + WORDS)) {
      assertThat(tokenizer.encode("b")).containsExactly(1);
    }
  }

  /** A model that truncates or pads by its own settings would lose tokens without a word. */
  @Test
  void neitherTruncatesNorPadsWhateverTheFileAsksFor() {
    String truncating =
        WORDS.replace(
            "\"added_tokens\":[]",
            "\"truncation\":{\"direction\":\"Right\",\"max_length\":2,\"strategy\":\"LongestFirst\","
                + "\"stride\":0},\"padding\":{\"strategy\":{\"Fixed\":6},\"direction\":\"Right\","
                + "\"pad_to_multiple_of\":null,\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"null\"},"
                + "\"added_tokens\":[]");
    try (TextTokenizer tokenizer = open(truncating)) {
      assertThat(tokenizer.encode("b b b b")).containsExactly(1, 1, 1, 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "version https://git-lfs.github.com/spec/v1|test.json must be a tokenizer's file, found a"
            + " git-lfs pointer, which stands for a file that was not fetched; run git lfs pull",
        "|test.json must hold a JSON object, found nothing",
        "{\"model\": {\"vocab\": {\"a\": 0, \"b\": 0}}}|test.json must give token 'b' an id of its"
            + " own, found 0 and 'a'",
        "{\"model\": {\"vocab\": {\"a\": 0, \"a\": 1}}}|test.json must be valid JSON, found:"
            + " Duplicate",
        "{\"model\": {\"vocab\": {\"a\": 3000000000}}}|test.json must give token 'a' an id",
        "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"id\": 1, \"content\":"
            + " \"a\"}]}|test.json must give token 'a' one id, found 1 and '0'",
        "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [7]}|test.json must have objects"
            + " with id and content under added_tokens, found 7",
        "{|test.json must be valid JSON",
        "[]|test.json must hold a JSON object, found ARRAY",
        "{\"model\": {}}|test.json must have a vocabulary under model.vocab, found none",
        "{\"model\": {\"vocab\": {\"a\": \"x\"}}}|test.json must give token 'a' an id from 0 on",
        "{\"model\": {\"vocab\": {\"a\": -1}}}|test.json must give token 'a' an id from 0 on and"
            + " below 100031, found -1",
        "{\"model\": {\"dropout\": 0.1, \"vocab\": {\"a\": 0}}}|test.json must have a model.dropout"
            + " of null or 0, found 0.1, with which a text is split at random",
        "{\"model\": {\"type\": \"X\", \"vocab\": {\"a\": 1}}}|test.json must be a tokenizer that",
      })
  void saysWhatIsWrongWithAFile(String json, String message) {
    assertThatThrownBy(() -> open(json == null ? "" : json))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining(message);
  }

  /** The native code would use freed memory, which ends the process. */
  @Test
  void mayBeClosedWhileAnotherThreadEncodes() throws Exception {
    String text = "b c ".repeat(5_000).strip();
    for (int round = 0; round < 20; round++) {
      TextTokenizer tokenizer = open(WORDS);
      CompletableFuture<Throwable> other =
          CompletableFuture.supplyAsync(
              () ->
                  catchThrowable(
                      () -> {
                        while (true) {
                          tokenizer.encode(text);
                        }
                      }));
      Thread.sleep(round);
      tokenizer.close();
      assertThat(other.get())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("must be open to be used, but that of test.json was closed");
    }
  }

  @Test
  void needsAFile() {
    assertThatThrownBy(() -> HuggingFaceTextTokenizer.open(folder))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining(folder.resolve("tokenizer.json").toString());
  }

  @Test
  void savesTheBytesItWasOpenedWith() throws IOException {
    try (TextTokenizer tokenizer = open(WORDS)) {
      tokenizer.save(folder);
    }
    assertThat(folder.resolve("tokenizer.json")).hasContent(WORDS);
  }

  private static HuggingFaceTextTokenizer open(String json) {
    return HuggingFaceTextTokenizer.parse(json.getBytes(StandardCharsets.UTF_8), "test.json");
  }
}
