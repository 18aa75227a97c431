package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A model as others have them: a byte-level vocabulary in two files whose last token is {@code
 * </s>}, a token table with more rows than tokens, and special tokens in files beside it.
 */
class ForeignTokensTest {

  private static final int TOKENS = 99;
  private static final int MODEL_TOKEN = 95;
  private static final int ROWS = 128;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path directory;

  private Path model;

  /** Printable characters, the space and the line feed of byte-level tokenizers, and two merges. */
  @BeforeEach
  void writeModel() throws IOException {
    model = Files.createDirectory(directory.resolve("base"));
    List<String> tokens = new ArrayList<>();
    for (char c = '!'; c <= '~'; c++) {
      tokens.add(String.valueOf(c));
    }
    tokens.addAll(List.of("\u0120", "<<", ">>", "\u010A", "</s>"));
    var vocabulary = JSON.createObjectNode();
    tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
    assertThat(vocabulary).hasSize(TOKENS);
    assertThat(vocabulary.get("<<").asInt()).isEqualTo(MODEL_TOKEN);
    Files.writeString(model.resolve("vocab.json"), vocabulary.toString());
    Files.writeString(model.resolve("merges.txt"), "#version: 0.2\n< <\n> >\n");
    architecture().write(model);
    Weights.initial(architecture(), 5).write(model);
  }

  private static TransformerConfig architecture() {
    return TransformerConfig.builder()
        .vocabSize(ROWS)
        .nPositions(64)
        .nEmbd(8)
        .nLayer(1)
        .nHead(2)
        .eosTokenId(50256) // what Hugging Face's library writes unless told otherwise
        .bosTokenId(50256)
        .build();
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(model.resolve(name), content);
  }

  private static JsonNode json(Path file) throws IOException {
    return JSON.readTree(file.toFile());
  }

  /** Makes every step write the first of these tokens: the final norm gives ones, its row nines. */
  private void alwaysWrite(int... best) throws IOException {
    Weights weights = Weights.read(model, TransformerConfig.read(model));
    INDArray bias = weights.get("transformer.ln_f.bias");
    weights.get("transformer.ln_f.weight").assign(0);
    bias.assign(1);
    for (int i = 0; i < best.length; i++) {
      weights.tokenTable().getRow(best[i]).assign(9 - i);
    }
    weights.write(model);
  }

  private static CommandLineRun run(Object... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object argument : arguments) {
      texts.add(argument.toString());
    }
    return CommandLineRun.of(texts.toArray(String[]::new));
  }

  private Path train() throws IOException {
    CommandLineRun train = trainRun();
    assertThat(train.status()).as(train.errors()).isZero();
    return directory.resolve("run/model");
  }

  private CommandLineRun trainRun() throws IOException {
    Path data =
        Files.writeString(
            directory.resolve("problems.json"),
            "[{\"question\": \"1+1?\", \"steps\": [\"<<1+1=2>>\"], \"answer\": \"2\"}]");
    Path config =
        Files.writeString(
            directory.resolve("run.yaml"),
            """
            method: coconut
            c_thought: 1
            max_latent_stage: 1
            num_epochs: 1
            max_steps: 1
            lr: 0
            weight_decay: 0
            model_id: %s
            train_path: %s
            """
                .formatted(model, data));
    return run("train", "--config", config, "--out", directory.resolve("run"), "--force");
  }

  @Test
  void anIdWithoutATokenIsWrittenAsNothing() throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    alwaysWrite(ROWS - 1);

    CommandLineRun generate =
        run("generate", "--model", model, "--question", "1+1?", "--max-new-tokens", 3, "--json");

    assertThat(generate.status()).as(generate.errors()).isZero();
    JsonNode line = JSON.readTree(generate.output());
    assertThat(line.get("output").asText()).isEmpty();
    assertThat(line.get("tokens").asInt()).isEqualTo(3);
  }

  @Test
  void newTokensTakeRowsThatAreLeftOverAndStartFromTheModelToken() throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    INDArray before = Weights.read(model, architecture()).tokenTable();

    Path trained = train();

    CoconutConfig config = CoconutConfig.read(trained);
    TransformerConfig sizes = TransformerConfig.read(trained);
    INDArray after = Weights.read(trained, sizes).tokenTable();
    assertThat(sizes.getVocabSize()).isEqualTo(ROWS);
    assertThat(config.getSpecialTokens().getStartLatent()).isEqualTo(TOKENS);
    assertThat(config.getSpecialTokens().getEos()).isEqualTo(TOKENS - 1);
    for (int row = 0; row < ROWS; row++) {
      boolean isNew = row >= TOKENS && row < TOKENS + SpecialTokens.COCONUT.size();
      assertThat(after.getRow(row))
          .as("row %d", row)
          .isEqualTo(before.getRow(isNew ? MODEL_TOKEN : row));
    }
  }

  @Test
  void idsOfAddedTokensAreNotGivenToOthers() throws IOException {
    write("added_tokens.json", "{\"<pad>\": 99, \"<x>\": 126}");
    write("special_tokens_map.json", "{\"eos_token\": \"</s>\", \"pad_token\": \"<pad>\"}");

    Path trained = train();

    assertThat(CoconutConfig.read(trained).getSpecialTokens().getStartLatent()).isEqualTo(127);
    assertThat(TransformerConfig.read(trained).getVocabSize()).isEqualTo(130);
    assertThat(json(trained.resolve("added_tokens.json")).get("<|latent|>").asInt()).isEqualTo(129);
    assertThat(json(trained.resolve("added_tokens.json")).get("<x>").asInt()).isEqualTo(126);
    try (CoconutModel opened = CoconutModel.open(trained)) {
      assertThat(opened.getTokenizer().encode("<pad><x><|latent|>")).containsExactly(99, 126, 129);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"eos_token_id\": [3, 7]}|{\"eos_token_id\": 5}|</s>|3",
        "{\"eos_token_id\": [3, 98]}|{\"eos_token_id\": 5}|</s>|98",
        "{\"temperature\": 1.0}|{\"eos_token_id\": [5, 6]}|</s>|5",
        "{\"eos_token_id\": null}|{}|</s>|98",
        "{}|{\"eos_token_id\": 50256}|~|93",
      })
  void theEndOfSequenceIsWhatTheFilesSay(
      String generation, String config, String token, int expected) throws IOException {
    var changed =
        (com.fasterxml.jackson.databind.node.ObjectNode) json(model.resolve("config.json"));
    changed.remove("eos_token_id");
    changed.setAll((com.fasterxml.jackson.databind.node.ObjectNode) JSON.readTree(config));
    write("config.json", changed.toString());
    write("generation_config.json", generation);
    write("tokenizer_config.json", "{\"eos_token\": \"" + token + "\"}");

    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.getConfig().getSpecialTokens().getEos()).isEqualTo(expected);
    }
  }

  @Test
  void writingStopsAtAnyEndOfTheList() throws IOException {
    write(
        "generation_config.json", "{\"eos_token_id\": [3, 7], \"pad_token_id\": 2, \"top_k\": 5}");
    alwaysWrite(7);
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(4).build();

    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.generate(List.of("1+1?"), options).get(0).getTokenIds()).isEmpty();
    }
    alwaysWrite(8, 7);
    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.generate(List.of("1+1?"), options).get(0).getTokenIds())
          .containsExactly(8, 8, 8, 8);
    }
  }

  @Test
  void anEndWithoutATokenIsNotGivenToANewOne() throws IOException {
    write("generation_config.json", "{\"eos_token_id\": [3, 100]}");

    CommandLineRun train = trainRun();

    assertThat(train.status()).isEqualTo(2);
    assertThat(train.errors()).contains("eos_token_id` 100", "99 tokens", "added_tokens.json");
  }

  @Test
  void whatTheModelCameWithSurvivesTraining() throws IOException {
    String generation = "{\"eos_token_id\": [3, 98], \"pad_token_id\": 2, \"top_k\": 5}";
    write("generation_config.json", generation);
    write("tokenizer_config.json", "{\"model_max_length\": 64, \"eos_token\": \"</s>\"}");
    write("chat_template.jinja", "{{ messages }}");

    Path trained = train();

    assertThat(json(trained.resolve("generation_config.json")))
        .isEqualTo(JSON.readTree(generation));
    assertThat(CoconutConfig.read(trained).getSpecialTokens().getEos()).isEqualTo(98);
    JsonNode config = json(trained.resolve("tokenizer_config.json"));
    assertThat(config.get("model_max_length").asInt()).isEqualTo(64);
    assertThat(config.get("tokenizer_class").asText()).isEqualTo("PreTrainedTokenizerFast");
    assertThat(config.get("added_tokens_decoder").get("99").get("content").asText())
        .isEqualTo("<|start-latent|>");
    assertThat(trained.resolve("vocab.json")).hasSameTextualContentAs(model.resolve("vocab.json"));
    assertThat(trained.resolve("merges.txt")).hasSameTextualContentAs(model.resolve("merges.txt"));
    assertThat(trained.resolve("chat_template.jinja")).hasContent("{{ messages }}");
  }

  /** Every file of the directory, in the state that a checkout without git-lfs leaves it. */
  @ParameterizedTest
  @CsvSource({
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "coconut.json",
    "chat_template.jinja",
  })
  void aPointerOfGitLfsIsCalledOne(String file) throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");
    write(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n");

    CommandLineRun generate = run("generate", "--model", model, "--question", "1+1?");

    assertThat(generate.status()).isEqualTo(2);
    assertThat(generate.errors()).contains(file, "git-lfs pointer", "git lfs pull");
    assertThat(generate.errors().lines()).hasSize(1);
  }

  @Test
  void aModelWithoutAnyEndOfSequenceSaysWhereToNameIt() {
    CommandLineRun generate = run("generate", "--model", model, "--question", "1+1?");

    assertThat(generate.status()).isEqualTo(2);
    assertThat(generate.errors())
        .contains("generation_config.json", "eos_token_id", "tokenizer_config.json");
  }

  @Test
  void whatTheModelCameWithSurvivesConversion() throws IOException {
    String generation = "{\"eos_token_id\": [3, 98], \"pad_token_id\": 2, \"top_k\": 5}";
    write("generation_config.json", generation);
    write("special_tokens_map.json", "{\"eos_token\": \"</s>\", \"pad_token\": \"<pad>\"}");
    Path converted = directory.resolve("converted");

    CommandLineRun convert =
        run(
            "convert",
            "--from",
            model.resolve("model.safetensors"),
            "--config",
            model,
            "--tokenizer",
            model,
            "--to",
            converted);

    assertThat(convert.status()).as(convert.errors()).isZero();
    assertThat(json(converted.resolve("generation_config.json")))
        .isEqualTo(JSON.readTree(generation));
    assertThat(CoconutConfig.read(converted).getSpecialTokens().getEos()).isEqualTo(98);
    assertThat(CoconutConfig.read(converted).getSpecialTokens().getStartLatent()).isEqualTo(100);
    assertThat(json(converted.resolve("tokenizer_config.json")).get("pad_token").asText())
        .isEqualTo("<pad>");
  }

  @Test
  void aByteOrderMarkIsDropped() throws IOException {
    write("tokenizer_config.json", "\uFEFF{\"eos_token\": \"</s>\"}");
    for (String name : List.of("config.json", "vocab.json", "merges.txt")) {
      write(name, "\uFEFF" + Files.readString(model.resolve(name)));
    }

    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.getConfig().getSpecialTokens().getEos()).isEqualTo(98);
      assertThat(opened.getTokenizer().encode("<<")).containsExactly(MODEL_TOKEN);
    }
  }
}
