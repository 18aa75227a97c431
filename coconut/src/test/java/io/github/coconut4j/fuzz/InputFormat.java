package io.github.coconut4j.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.reader.ProblemFile;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.TransformerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.experimental.Accessors;

/** A kind of JSON file that a user may have downloaded. */
@RequiredArgsConstructor
@Getter(AccessLevel.PACKAGE)
@Accessors(fluent = true)
enum InputFormat {
  PROBLEMS(
      "[{\"question\":\"q?\",\"steps\":[\"s\"],\"answer\":\"a\",\"idx_to_symbol\":[\"x\",\"y\"],"
          + "\"edges\":[[0,1]],\"root\":0,\"target\":1,\"neg_target\":0}]") {
    @Override
    void read(Path directory, String text) throws IOException {
      Path file = Files.writeString(directory.resolve("problems.json"), text);
      assertThat(ProblemJson.index(file)).isEqualTo(ProblemJson.read(file));
    }
  },
  GSM8K("{\"question\":\"How many?\",\"answer\":\"It is <<1+1=2>>2.\\n#### 2\"}\n") {
    @Override
    void read(Path directory, String text) throws IOException {
      readProblems(directory, text);
    }
  },
  PRONTOQA(
      "{\"example1\":{\"test_example\":{\"question\":\"Q.\",\"query\":\"True?\","
          + "\"chain_of_thought\":[\"A.\",\"B.\"],\"answer\":\"True\"}}}") {
    @Override
    void read(Path directory, String text) throws IOException {
      readProblems(directory, text);
    }
  },
  WORDS(
      "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":0,\"content\":\"<e>\",\"special\":true,"
          + "\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false}],"
          + "\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"decoder\":null,"
          + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"<e>\":0,\"one\":1,\"two\":2},"
          + "\"unk_token\":\"<e>\"}}") {
    @Override
    void read(Path directory, String text) {
      readTokenizer(text);
    }
  },
  BYTE_PAIRS(
      "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"o\":0,\"n\":1,\"e\":2,\"on\":3},"
          + "\"merges\":[\"o n\"]},\"added_tokens\":[]}") {
    @Override
    void read(Path directory, String text) {
      readTokenizer(text);
    }
  },
  CONFIG(
      "{\"model_type\":\"gpt2\",\"vocab_size\":11,\"n_positions\":8,\"n_embd\":8,\"n_layer\":1,"
          + "\"n_head\":2,\"bos_token_id\":0,\"eos_token_id\":0,\"layer_norm_epsilon\":1e-5}") {
    @Override
    void read(Path directory, String text) throws IOException {
      Files.writeString(directory.resolve("config.json"), text);
      assertThat(TransformerConfig.read(directory).getNEmbd()).isPositive();
    }
  },
  TOKENIZER_CONFIG(
      "{\"eos_token\":\"<e>\",\"added_tokens_decoder\":{\"3\":{\"content\":\"<p>\",\"special\":true}},"
          + "\"additional_special_tokens\":[\"<q>\",{\"content\":\"<p>\"}]}") {
    @Override
    void read(Path directory, String text) throws IOException {
      readBesideTokenizer(directory, "tokenizer_config.json", text);
    }
  },
  ADDED_TOKENS("{\"<p>\":3,\"<q>\":4}") {
    @Override
    void read(Path directory, String text) throws IOException {
      readBesideTokenizer(directory, "added_tokens.json", text);
    }
  },
  GENERATION("{\"eos_token_id\":[1,2],\"pad_token_id\":0,\"do_sample\":false}") {
    @Override
    void read(Path directory, String text) throws IOException {
      Files.writeString(directory.resolve(GenerationConfig.FILE), text);
      TransformerConfig config =
          TransformerConfig.builder()
              .vocabSize(4)
              .nPositions(8)
              .nEmbd(8)
              .nLayer(1)
              .nHead(2)
              .build();
      assertThat(GenerationConfig.read(directory, config).withDefaultEos(0).eosTokenIds())
          .isNotEmpty()
          .allMatch(id -> id >= 0 && id < config.getVocabSize());
    }
  },
  COCONUT(
      "{\"version\":1,\"method\":\"coconut\",\"c_thought\":1,\"max_latent_stage\":2,"
          + "\"pad_latent_to_max\":true,\"icot_tokens_per_epoch\":8,\"stage\":2,"
          + "\"default_latents\":2,\"special_tokens\":{\"eos\":0,\"start_latent\":1,"
          + "\"end_latent\":2,\"latent\":3}}") {
    @Override
    void read(Path directory, String text) throws IOException {
      Files.writeString(directory.resolve(CoconutConfig.FILE), text);
      assertThat(CoconutConfig.read(directory).thoughtSettings().getMethod()).isNotNull();
    }
  };

  private static final List<String> KEYS =
      List.of(
          "question",
          "steps",
          "answer",
          "edges",
          "root",
          "idx_to_symbol",
          "test_example",
          "chain_of_thought",
          "query",
          "model",
          "type",
          "vocab",
          "merges",
          "added_tokens",
          "id",
          "content",
          "unk_token",
          "eos_token",
          "added_tokens_decoder",
          "additional_special_tokens",
          "special",
          "eos_token_id",
          "pre_tokenizer",
          "decoder",
          "model_type",
          "vocab_size",
          "n_embd",
          "n_layer",
          "n_head",
          "n_positions",
          "method",
          "version",
          "special_tokens",
          "eos",
          "stage",
          "c_thought");

  private final String example;

  /** Reads a file of this kind. */
  abstract void read(Path directory, String text) throws IOException;

  List<String> keys() {
    return KEYS;
  }

  private static void readProblems(Path directory, String text) throws IOException {
    Path file = Files.writeString(directory.resolve("data.json"), text);
    assertThat(ProblemFile.index(file)).isEqualTo(ProblemFile.read(file));
  }

  private static void readBesideTokenizer(Path directory, String name, String text)
      throws IOException {
    Path folder = Files.createDirectories(directory.resolve(name + ".of"));
    Files.writeString(folder.resolve("tokenizer.json"), WORDS.example());
    Files.writeString(folder.resolve(name), text);
    try (HuggingFaceTextTokenizer tokenizer = HuggingFaceTextTokenizer.open(folder);
        HuggingFaceTextTokenizer more = tokenizer.withSpecialTokens(SpecialTokens.COCONUT)) {
      int size = tokenizer.vocabularySize();
      assertThat(more.encode("<|latent|>")).containsExactly(size + 2);
    }
  }

  private static void readTokenizer(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (HuggingFaceTextTokenizer tokenizer = HuggingFaceTextTokenizer.parse(bytes, "fuzz");
        HuggingFaceTextTokenizer more = tokenizer.withSpecialTokens(SpecialTokens.COCONUT)) {
      assertThat(more.vocabularySize()).isBetween(1, bytes.length + 100_010);
      for (int id : more.encode("one")) {
        assertThat(id).isBetween(0, more.vocabularySize() - 1);
      }
    }
  }
}
