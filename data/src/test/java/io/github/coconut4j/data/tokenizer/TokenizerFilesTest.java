package io.github.coconut4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Hugging Face's library keeps beside a {@code tokenizer.json}, or in its place. */
class TokenizerFilesTest {

  /** A byte-level encoding whose merges make {@code low} and {@code Ġlow}. */
  private static final String VOCABULARY =
      "{\"l\": 0, \"o\": 1, \"w\": 2, \"\\u0120\": 3, \"lo\": 4, \"low\": 5, \"\\u0120low\": 6,"
          + " \"</s>\": 7}";

  private static final String MERGES = "#version: 0.2\nl o\nlo w\n\u0120 low\n";

  @TempDir private Path directory;

  private void write(String name, String content) throws IOException {
    Files.writeString(directory.resolve(name), content);
  }

  private void writeOldFiles() throws IOException {
    write("vocab.json", VOCABULARY);
    write("merges.txt", MERGES);
  }

  private JsonNode read(String name) throws IOException {
    return JsonMapper.builder().build().readTree(directory.resolve(name).toFile());
  }

  private HuggingFaceTextTokenizer open() throws IOException {
    return ModelTokenizer.open(directory, true, 64);
  }

  @Test
  void vocabularyAndMergesMakeATokenizer() throws IOException {
    writeOldFiles();

    try (TextTokenizer tokenizer = open()) {
      assertThat(tokenizer.encode("low low lol")).containsExactly(5, 6, 3, 4, 0);
      assertThat(tokenizer.decode(new int[] {5, 6, 3, 4, 0})).isEqualTo("low low lol");
      assertThat(tokenizer.endOfSequence()).isEmpty();
    }
  }

  @Test
  void tokensOfEveryFileAreAddedAndTheirIdsStayTheirs() throws IOException {
    writeOldFiles();
    write("added_tokens.json", "{\"<b>\": 9, \"<a>\": 8}");
    write(
        "tokenizer_config.json",
        """
        {"eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": false},
         "added_tokens_decoder": {"10": {"content": "<c>", "special": true}},
         "pad_token": null}
        """);
    write(
        "special_tokens_map.json",
        "{\"pad_token\": \"<pad>\", \"additional_special_tokens\": [\"<b>\", {\"content\": \"<d>\"}]}");

    try (HuggingFaceTextTokenizer known = open();
        TextTokenizer tokenizer = known.withSpecialTokens(SpecialTokens.COCONUT)) {
      assertThat(tokenizer.encode("low<a><b><c><pad><d></s>"))
          .containsExactly(5, 8, 9, 10, 11, 12, 7);
      assertThat(tokenizer.id(SpecialTokens.START_LATENT)).isEqualTo(13);
      assertThat(tokenizer.endOfSequence()).isEqualTo(OptionalInt.of(7));
      assertThat(tokenizer.decode(new int[] {5, 9, 10, 7, 8}))
          .as("<a> is text")
          .isEqualTo("low<a>");
    }
  }

  /** A token without a place in the merges, at an id that leaves others out. */
  @Test
  void anAddedIdFarBehindTheVocabularyIsKept() throws IOException {
    writeOldFiles();
    write("added_tokens.json", "{\"<pad>\": 40}");

    try (HuggingFaceTextTokenizer known = open();
        HuggingFaceTextTokenizer tokenizer = known.withSpecialTokens(SpecialTokens.COCONUT)) {
      assertThat(tokenizer.encode("low<pad>")).containsExactly(5, 40);
      assertThat(tokenizer.id(SpecialTokens.START_LATENT)).isEqualTo(41);
      tokenizer.saveFiles(directory, 7);
    }
    try (TextTokenizer again = open()) {
      assertThat(again.encode("low<pad><|latent|>")).containsExactly(5, 40, 43);
    }
  }

  @Test
  void whatIsAddedBesideATokenizerJsonCountsToo() throws IOException {
    try (TextTokenizer words = WordTokenizer.of(List.of("one two"))) {
      words.save(directory);
      write("added_tokens.json", "{\"<a>\": " + words.vocabularySize() + "}");
      try (TextTokenizer tokenizer = open()) {
        assertThat(tokenizer.encode("one<a>")).endsWith(words.vocabularySize());
      }
    }
  }

  /** Models of SentencePiece are not text, and a text's byte-order mark belongs to the file. */
  @ParameterizedTest
  @CsvSource({
    "tokenizer.model, 000080BF",
    "spiece.model, 0A0E0A05FF",
    "vocab.txt, EFBBBF610A",
  })
  void aFileThatIsKeptIsCopiedByteByByte(String name, String hex) throws IOException {
    byte[] content = HexFormat.of().parseHex(hex);
    Path saved = directory.resolve("saved");
    try (TextTokenizer words = WordTokenizer.of(List.of("one two"))) {
      words.save(directory);
    }
    Files.write(directory.resolve(name), content);

    try (HuggingFaceTextTokenizer opened = open()) {
      Files.createDirectory(saved);
      opened.saveFiles(saved, 0);
    }

    assertThat(saved.resolve(name)).hasBinaryContent(content);
    try (TextTokenizer again = ModelTokenizer.open(saved, true, 64)) {
      assertThat(again.encode("one")).hasSize(1);
    }
  }

  @Test
  void aFreshTokenizerSaysWhichClassOpensIt() throws IOException {
    try (TextTokenizer tokenizer = PhraseTokenizer.forProsQa(List.of("Bob"), List.of("gorpus"))) {
      tokenizer.saveFiles(directory, 0);
    }

    JsonNode config = read("tokenizer_config.json");
    assertThat(config.get("tokenizer_class").asText()).isEqualTo("PreTrainedTokenizerFast");
    assertThat(config.get("eos_token").asText()).isEqualTo("<|endoftext|>");
    assertThat(config.get("bos_token").asText()).isEqualTo("<|endoftext|>");
    assertThat(config.get("pad_token").asText()).isEqualTo("<|endoftext|>");
    assertThat(config.get("unk_token").asText()).isEqualTo("<unk>");
    assertThat(config.get("clean_up_tokenization_spaces").asBoolean(true)).isFalse();
    assertThat(config.get("additional_special_tokens").valueStream().map(JsonNode::asText))
        .containsExactly("<|start-latent|>", "<|end-latent|>", "<|latent|>", "<pause>");
    assertDecoderIsThatOfTheTokenizer(config);
  }

  /** Declared special, it would split texts, and decoding would leave it out. */
  @Test
  void anEndThatTextsMayContainIsNotDeclaredSpecial() throws IOException {
    writeOldFiles();
    try (TextTokenizer tokenizer = open()) {
      assertThat(tokenizer.encode("lol")).containsExactly(4, 0);
      tokenizer.saveFiles(directory, tokenizer.id("l"));
    }

    assertThat(read("tokenizer_config.json").path("eos_token").isTextual()).isFalse();
    try (TextTokenizer saved = open()) {
      assertThat(saved.encode("lol")).containsExactly(4, 0);
      assertThat(saved.decode(new int[] {4, 0})).isEqualTo("lol");
    }
  }

  /** As Hugging Face's library does: an entry a token of {@code tokenizer.json}'s added ones. */
  private void assertDecoderIsThatOfTheTokenizer(JsonNode config) throws IOException {
    JsonNode decoder = config.get("added_tokens_decoder");
    JsonNode added = read("tokenizer.json").get("added_tokens");
    assertThat(decoder).hasSameSizeAs(added);
    for (JsonNode token : added) {
      JsonNode entry = decoder.get(token.get("id").asText());
      assertThat(entry.properties())
          .extracting(Map.Entry::getKey)
          .containsExactlyInAnyOrder(
              "content", "single_word", "lstrip", "rstrip", "normalized", "special");
      entry.properties().forEach(f -> assertThat(f.getValue()).isEqualTo(token.get(f.getKey())));
    }
  }

  @Test
  void theFilesThatATokenizerCameWithAreKeptAndKnowTheNewTokens() throws IOException {
    writeOldFiles();
    write("added_tokens.json", "{\"<a>\": 8}");
    write(
        "tokenizer_config.json",
        "{\"tokenizer_class\": \"GPT2Tokenizer\", \"model_max_length\": 1024,"
            + " \"eos_token\": \"</s>\", \"chat_template\": \"{{ x }}\"}");
    write("special_tokens_map.json", "{\"eos_token\": \"</s>\"}");
    write("chat_template.jinja", "{{ messages }}");
    Path saved = Files.createDirectory(directory.resolve("saved"));

    try (HuggingFaceTextTokenizer known = open();
        TextTokenizer tokenizer = known.withSpecialTokens(SpecialTokens.COCONUT)) {
      tokenizer.saveFiles(saved, 7);
    }

    assertThat(saved.resolve("vocab.json")).hasContent(VOCABULARY);
    assertThat(saved.resolve("merges.txt")).hasContent(MERGES);
    assertThat(saved.resolve("chat_template.jinja")).hasContent("{{ messages }}");
    JsonNode config = read("saved/tokenizer_config.json");
    assertThat(config.get("tokenizer_class").asText()).isEqualTo("GPT2Tokenizer");
    assertThat(config.get("model_max_length").asInt()).isEqualTo(1024);
    assertThat(config.get("chat_template").asText()).isEqualTo("{{ x }}");
    assertThat(config.get("eos_token").asText()).isEqualTo("</s>");
    assertThat(config.has("pad_token")).isFalse();
    JsonNode decoder = config.get("added_tokens_decoder");
    assertThat(decoder.get("9").get("content").asText()).isEqualTo("<|start-latent|>");
    assertThat(decoder.get("8").get("content").asText()).isEqualTo("<a>");
    assertThat(read("saved/added_tokens.json").get("<|latent|>").asInt()).isEqualTo(11);
    assertThat(read("saved/added_tokens.json").get("<a>").asInt()).isEqualTo(8);
    for (JsonNode file : List.of(config, read("saved/special_tokens_map.json"))) {
      assertThat(file.get("additional_special_tokens").valueStream().map(JsonNode::asText))
          .containsExactlyElementsOf(SpecialTokens.COCONUT);
    }
  }

  /** Version 5 of Hugging Face's library has another key for the list. */
  @Test
  void theListOfTheFilesOwnVersionIsExtended() throws IOException {
    writeOldFiles();
    write("tokenizer_config.json", "{\"extra_special_tokens\": [\"<a>\"]}");

    try (HuggingFaceTextTokenizer known = open();
        TextTokenizer tokenizer = known.withSpecialTokens(List.of("<b>"))) {
      tokenizer.saveFiles(directory, 7);
    }

    JsonNode config = read("tokenizer_config.json");
    assertThat(config.get("extra_special_tokens").valueStream().map(JsonNode::asText))
        .containsExactly("<a>", "<b>");
    assertThat(config.has("additional_special_tokens")).isFalse();
    assertThat(config.get("eos_token").asText()).isEqualTo("</s>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "added_tokens.json|{\"<a>\": \"8\"}|added_tokens.json, key `<a>`, must have an id from 0 on",
        "added_tokens.json|{\"<a>\": -1}|key `<a>`, must have an id from 0 on, found -1",
        "added_tokens.json|{\"<a>\": 2000000000}|key `<a>`, must give token '<a>' an id from 0 on",
        "added_tokens.json|{\"<a>\": 1e99}|key `<a>`, must have an id",
        "added_tokens.json|{\"<a>\": 5}|must give token '<a>' an id of its own, found 5, which is 'low'",
        "added_tokens.json|{\"low\": 9}|must give token 'low' the id that it has in the vocabulary, 5",
        "added_tokens.json|{\"<a>\": 8, \"<b>\": 8}|an id of its own, found 8, which is '<a>'",
        "added_tokens.json|[]|added_tokens.json must hold a JSON object, found ARRAY",
        "added_tokens.json|{\"<a>\": 8|added_tokens.json must be valid JSON",
        "tokenizer_config.json|{\"eos_token\": 7}|tokenizer_config.json, key `eos_token`, must be a token's text",
        "tokenizer_config.json|{\"eos_token\": \"\"}|key `eos_token`, must be a token's text",
        "tokenizer_config.json|{\"eos_token\": {\"lstrip\": true}}|key `eos_token`, must be a token's text",
        "tokenizer_config.json|{\"added_tokens_decoder\": []}|key `added_tokens_decoder`, must have an object",
        "tokenizer_config.json|{\"added_tokens_decoder\": {\"x\": \"a\"}}|`added_tokens_decoder.x`, must have an id",
        "tokenizer_config.json|{\"added_tokens_decoder\": {\"8\": {\"content\": \"<a>\", \"special\": 1}}}|must have special true or false, found 1",
        "special_tokens_map.json|{\"additional_special_tokens\": \"<a>\"}|must have a list of tokens",
        "special_tokens_map.json|null|special_tokens_map.json must hold a JSON object, found NULL",
        "special_tokens_map.json|version https://git-lfs.github.com/spec/v1|special_tokens_map.json must be a tokenizer's file, found a git-lfs pointer",
        "merges.txt|version https://git-lfs.github.com/spec/v1|merges.txt must be a tokenizer's file, found a git-lfs pointer",
        "merges.txt|l o w|merges.txt, line 1, must be two tokens parted by a space, found 'l o w'",
        "merges.txt|x y|vocab.json and merges.txt must be a tokenizer that Hugging Face's",
        "vocab.json|[]|vocab.json must hold a JSON object, found ARRAY",
        "vocab.json|{\"l\": 0, \"o\": 0}|must give token 'o' an id of its own, found 0 and 'l'",
        "vocab.json|version https://git-lfs.github.com/spec/v1|vocab.json must be a tokenizer's file, found a git-lfs",
      })
  void saysWhichFileAndKeyIsWrong(String file, String content, String message) throws IOException {
    writeOldFiles();
    write(file, content);

    assertThatThrownBy(this::open)
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"added_tokens.json", "tokenizer_config.json", "special_tokens_map.json"})
  void anEmptyFileIsNamed(String file) throws IOException {
    writeOldFiles();
    write(file, "");

    assertThatThrownBy(this::open)
        .isInstanceOf(TokenizerFormatException.class)
        .hasMessageContaining(file + " must hold a JSON object, found nothing");
  }

  @Test
  void byteOrderMarksAreDropped() throws IOException {
    write("vocab.json", "\uFEFF" + VOCABULARY);
    write("merges.txt", "\uFEFF" + MERGES.replace("\n", "\r\n"));
    write("added_tokens.json", "\uFEFF{\"<a>\": 8}");

    try (TextTokenizer tokenizer = open()) {
      assertThat(tokenizer.encode("low<a>")).containsExactly(5, 8);
    }
  }

  /** The same tokens from the two files as from GPT-2's own vocabulary. */
  @Test
  void gpt2sFilesMakeGpt2sTokenizer() throws IOException {
    try (HuggingFaceTextTokenizer gpt2 = Gpt2Tokenizer.create()) {
      gpt2.save(directory);
      JsonNode model = read("tokenizer.json").get("model");
      Files.delete(directory.resolve("tokenizer.json"));
      write("vocab.json", model.get("vocab").toString());
      StringBuilder merges = new StringBuilder("#version: 0.2\n");
      model.get("merges").forEach(merge -> merges.append(merge.asText()).append('\n'));
      Files.write(
          directory.resolve("merges.txt"), merges.toString().getBytes(StandardCharsets.UTF_8));

      try (TextTokenizer tokenizer = open()) {
        String text = "Hello world's 12 #hash <<3+4=7>>\n<|endoftext|>";
        assertThat(tokenizer.encode(text)).isEqualTo(gpt2.encode(text));
        assertThat(tokenizer.decode(gpt2.encode(text))).isEqualTo(gpt2.decode(gpt2.encode(text)));
      }
    }
  }
}
