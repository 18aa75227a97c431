package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers as the families of models have them. */
class FamilyTokenizersTest {

  private static final Path TOKENIZERS = Path.of("src/test/resources/tokenizers");

  private static final String TEXT = "Every A is 1234 <<5*6=30>>?\n  it's\té 中\n### A";

  @TempDir private Path directory;

  private static HuggingFaceTextTokenizer open(Path path) throws IOException {
    return ModelTokenizer.open(path, false, 500);
  }

  private static List<String> tokens(TextTokenizer tokenizer, int... ids) {
    return Arrays.stream(ids).mapToObj(tokenizer::token).toList();
  }

  /** Digits by three, an own piece for what {@code ignore_merges} finds whole. */
  @Test
  void splitsAsLlama3Does() throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve("llama3"))) {
      assertThat(tokens(tokenizer, tokenizer.encode("1234 A<<\n")))
          .containsExactly("123", "4", "ĠA", "<<", "Ċ");
      assertThat(tokens(tokenizer, tokenizer.encode("Every"))).containsExactly("Every");
    }
  }

  /** Digits one by one. */
  @Test
  void splitsAsQwenDoes() throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve("qwen2"))) {
      assertThat(tokens(tokenizer, tokenizer.encode("123 A<<")))
          .containsExactly("1", "2", "3", "ĠA", "<<");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "mistral"})
  void splitsAsSentencePieceDoes(String name) throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve(name))) {
      assertThat(tokens(tokenizer, tokenizer.encode("A A\n")))
          .containsExactly("▁A", "▁A", "<0x0A>");
      assertThat(tokens(tokenizer, tokenizer.encode("### A"))).containsExactly("▁###", "▁A");
    }
  }

  @ParameterizedTest
  @CsvSource({"llama3, <|begin_of_text|>", "llama2, <s>", "mistral, <s>", "qwen2, "})
  void onlyAWholeSequenceHasWhatBeginsAText(String name, String begin) throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve(name))) {
      int[] piece = tokenizer.encode(TEXT);
      int[] sequence = tokenizer.encodeWithSpecialTokens(TEXT);

      int before = begin == null ? 0 : 1;
      assertThat(Arrays.copyOfRange(sequence, before, sequence.length)).isEqualTo(piece);
      assertThat(tokens(tokenizer, Arrays.copyOf(sequence, before)))
          .isEqualTo(begin == null ? List.of() : List.of(begin));
      if (begin != null) {
        assertThat(piece).doesNotContain(tokenizer.id(begin));
      }
    }
  }

  /**
   * Python's class for Llama goes by these keys, not by {@code tokenizer.json}; others go by that.
   * What is saved says the same in both places.
   */
  @ParameterizedTest
  @CsvSource(
      nullValues = "absent",
      value = {
        "qwen2, LlamaTokenizerFast, true, false, <|im_start|>, ''",
        "qwen2, LlamaTokenizer, true, true, <|im_start|>, <|im_end|>",
        "qwen2, LlamaTokenizerFast, absent, absent, <|im_start|>, ''",
        "qwen2, Qwen2Tokenizer, true, false, '', ''",
        "llama2, LlamaTokenizer, false, false, '', ''",
        "llama2, LlamaTokenizerFast, true, true, <s>, </s>",
        "llama3, LlamaTokenizerFast, false, true, '', <|end_of_text|>",
        "llama3, PreTrainedTokenizerFast, false, true, <|begin_of_text|>, ''"
      })
  void llamasClassPutsAroundATextWhatItsKeysSay(
      String name, String type, Boolean addsBegin, Boolean addsEnd, String begin, String end)
      throws IOException {
    Path model = Files.createDirectory(directory.resolve("model"));
    Files.copy(TOKENIZERS.resolve(name).resolve("tokenizer.json"), model.resolve("tokenizer.json"));
    ObjectNode config =
        (ObjectNode) json(TOKENIZERS.resolve(name).resolve("tokenizer_config.json"));
    config.put("tokenizer_class", type);
    config.remove(List.of("add_bos_token", "add_eos_token"));
    if (addsBegin != null) {
      config.put("add_bos_token", addsBegin).put("add_eos_token", addsEnd);
    }
    if (name.equals("qwen2")) {
      config.put("bos_token", "<|im_start|>").put("eos_token", "<|im_end|>");
    }
    Files.writeString(model.resolve("tokenizer_config.json"), config.toString());

    List<String> expected = new ArrayList<>();
    try (HuggingFaceTextTokenizer known = open(model);
        HuggingFaceTextTokenizer tokenizer = known.withSpecialTokens(SpecialTokens.COCONUT)) {
      expected.addAll(tokens(tokenizer, tokenizer.encode("A")));
      expected.addAll(0, begin.isEmpty() ? List.of() : List.of(begin));
      expected.addAll(end.isEmpty() ? List.of() : List.of(end));
      assertThat(tokens(tokenizer, tokenizer.encodeWithSpecialTokens("A"))).isEqualTo(expected);
      tokenizer.saveFiles(directory, 0);
    }
    try (TextTokenizer saved =
        HuggingFaceTextTokenizer.open(directory.resolve("tokenizer.json"))) { // without the keys
      assertThat(tokens(saved, saved.encodeWithSpecialTokens("A"))).isEqualTo(expected);
    }
  }

  /** As GPT-2's, which has one special token for everything. */
  @Test
  void whatBeginsATextMayStandForUnknownPiecesToo() throws IOException {
    String json = Files.readString(TOKENIZERS.resolve("llama3/tokenizer.json"));
    String unknown = json.replace("\"unk_token\": null", "\"unk_token\": \"<|begin_of_text|>\"");
    assertThat(unknown).isNotEqualTo(json);
    Files.writeString(directory.resolve("tokenizer.json"), unknown);

    try (TextTokenizer tokenizer = open(directory)) {
      assertThat(tokens(tokenizer, tokenizer.encodeWithSpecialTokens("A")))
          .containsExactly("<|begin_of_text|>", "A");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama3", "llama2", "mistral", "qwen2"})
  void decodesWhatItEncodes(String name) throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve(name))) {
      assertThat(tokenizer.decode(tokenizer.encode(TEXT))).isEqualTo(TEXT);
      assertThat(tokenizer.decode(tokenizer.encodeWithSpecialTokens(TEXT))).isEqualTo(TEXT);
    }
  }

  /** A piece is encoded on its own, so that each begins with a space, which decoding takes off. */
  @ParameterizedTest
  @ValueSource(strings = {"llama2", "mistral"})
  void oneSpaceAtTheBeginningIsNoText(String name) throws IOException {
    try (TextTokenizer tokenizer = open(TOKENIZERS.resolve(name))) {
      int[] step = tokenizer.encode("A\n");
      int[] answer = tokenizer.encode("### A");
      int[] both = Arrays.copyOf(step, step.length + answer.length);
      System.arraycopy(answer, 0, both, step.length, answer.length);

      assertThat(tokenizer.decode(both)).isEqualTo("A\n ### A");
    }
  }

  @ParameterizedTest
  @CsvSource({"llama3, <|end_of_text|>", "llama2, </s>", "mistral, </s>", "qwen2, <|im_end|>"})
  void newTokensAreWrittenWhereOthersFindThem(String name, String end) throws IOException {
    int size;
    JsonNode before;
    int[] expected;
    try (HuggingFaceTextTokenizer known = open(TOKENIZERS.resolve(name));
        HuggingFaceTextTokenizer tokenizer = known.withSpecialTokens(SpecialTokens.COCONUT)) {
      size = known.vocabularySize();
      assertThat(tokenizer.endOfSequence()).hasValue(tokenizer.id(end));
      before = json(TOKENIZERS.resolve(name).resolve("tokenizer.json"));
      expected = tokenizer.encodeWithSpecialTokens(TEXT + "<|latent|>");
      tokenizer.saveFiles(directory, tokenizer.id(end));
    }

    try (TextTokenizer again = open(directory)) {
      assertThat(again.encodeWithSpecialTokens(TEXT + "<|latent|>")).isEqualTo(expected);
      assertThat(again.id("<|start-latent|>")).isEqualTo(size);
      assertThat(again.vocabularySize()).isEqualTo(size + 3);
    }
    JsonNode after = json(directory.resolve("tokenizer.json"));
    for (String part : List.of("normalizer", "pre_tokenizer", "post_processor", "decoder")) {
      assertThat(after.get(part)).isEqualTo(before.get(part));
    }
    JsonNode config = json(directory.resolve("tokenizer_config.json"));
    JsonNode original = json(TOKENIZERS.resolve(name).resolve("tokenizer_config.json"));
    for (String key : List.of("tokenizer_class", "bos_token", "eos_token", "pad_token")) {
      assertThat(config.path(key)).as(key).isEqualTo(original.path(key));
    }
    assertThat(config.get("added_tokens_decoder").get("" + size).get("content").asText())
        .isEqualTo("<|start-latent|>");
  }

  /** GPT-2's vocabulary or pattern would read another model's text wrongly. */
  @Test
  void anotherModelThanGpt2NeedsItsTokenizerJson() throws IOException {
    Files.writeString(directory.resolve("vocab.json"), "{\"a\": 0}");
    Files.writeString(directory.resolve("merges.txt"), "#version: 0.2\n");

    assertThatThrownBy(() -> ModelTokenizer.open(directory, false, 128_256))
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining(directory.resolve("tokenizer.json") + " must be")
        .hasMessageContaining("AutoTokenizer");
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.builder().build().readTree(file.toFile());
  }
}
