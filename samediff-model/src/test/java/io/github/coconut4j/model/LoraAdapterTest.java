package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters in PEFT's form: PEFT's own files, what we write, and what is refused. */
class LoraAdapterTest {

  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path directory;

  private static Path peft(String fixture) {
    return FIXTURES.resolve(fixture).resolve("adapter");
  }

  private static TransformerConfig base(String fixture) throws IOException {
    return TransformerConfig.read(FIXTURES.resolve(fixture));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2-lora-a", "tiny-llama-lora-a"})
  void whatIsWrittenIsWhatPeftWrote(String fixture) throws IOException {
    LoraAdapter read = LoraAdapter.read(peft(fixture), base(fixture));
    read.write(directory, base(fixture), null);
    try (SafetensorsFile ours =
            SafetensorsFile.open(directory.resolve("adapter_model.safetensors"));
        SafetensorsFile theirs =
            SafetensorsFile.open(peft(fixture).resolve("adapter_model.safetensors"))) {
      assertThat(ours.names()).containsExactlyInAnyOrderElementsOf(theirs.names());
      assertThat(ours.metadata()).containsEntry("format", "pt");
      for (String name : theirs.names()) {
        assertThat(ours.read(name)).isEqualTo(theirs.read(name));
      }
    }
    JsonNode written = JSON.readTree(directory.resolve("adapter_config.json").toFile());
    JsonNode expected = JSON.readTree(peft(fixture).resolve("adapter_config.json").toFile());
    written
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("base_model_name_or_path")) {
                assertThat(entry.getValue().toString())
                    .as(entry.getKey())
                    .isEqualTo(expected.get(entry.getKey()).toString());
              }
            });
    assertThat(LoraAdapter.read(directory, base(fixture)).getConfig()).isEqualTo(read.getConfig());
  }

  @Test
  void whatIsWrittenNamesItsBaseAndRefusesAnother() throws IOException {
    String fixture = "tiny-llama-lora-a";
    TransformerConfig base = base(fixture);
    Path baseDirectory = directory.resolve("base");
    Files.createDirectories(baseDirectory);
    base.write(baseDirectory);
    Weights weights = Weights.read(FIXTURES.resolve(fixture), base);
    weights.write(baseDirectory);
    Path adapter = directory.resolve("adapter");
    Files.createDirectories(adapter);
    LoraAdapter.read(peft(fixture), base).write(adapter, base, new BaseDirectory(baseDirectory));
    assertThat(LoraAdapter.baseName(adapter)).isEqualTo(baseDirectory.toString());
    LoraAdapter.read(adapter, new BaseDirectory(baseDirectory), base);
    weights.tokenTable().addi(1);
    weights.write(baseDirectory);
    assertThatThrownBy(() -> LoraAdapter.read(adapter, new BaseDirectory(baseDirectory), base))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("SHA-256");
  }

  /** Copies PEFT's files with some keys of the configuration changed. */
  private Path changed(String fixture, String json) throws IOException {
    try (Stream<Path> files = Files.list(peft(fixture))) {
      for (Path file : files.toList()) {
        Path copy = directory.resolve(file.getFileName().toString());
        Files.deleteIfExists(copy);
        Files.write(copy, Files.readAllBytes(file));
      }
    }
    Path file = directory.resolve("adapter_config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.setAll((ObjectNode) JSON.readTree(json));
    JSON.writeValue(file.toFile(), config);
    return directory;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'peft_type': 'LOHA'} | peft_type",
        "{'bias': 'all'} | base's here, but found",
        "{'bias': null} | base's here, but found null",
        "{'bias': true} | base's here, but found true",
        "{'peft_type': null} | peft_type must be",
        "{'r': null} | r must be a value or left out, but found null",
        "{'lora_alpha': null} | lora_alpha must be a value",
        "{'lora_dropout': null} | lora_dropout must be a value",
        "{'rank_pattern': null} | rank_pattern must be a value",
        "{'alpha_pattern': null} | alpha_pattern must be a value",
        "{'use_dora': true} | use_dora",
        "{'lora_bias': true} | lora_bias",
        "{'layers_to_transform': [0]} | layers_to_transform",
        "{'layer_replication': [[0, 1]]} | layer_replication",
        "{'exclude_modules': ['c_fc']} | exclude_modules",
        "{'target_parameters': ['x']} | target_parameters",
        "{'ensure_weight_tying': true} | ensure_weight_tying",
        "{'a_key_of_tomorrow': 1} | a_key_of_tomorrow",
        "{'init_lora_weights': 'pissa_niter_4'} | init_lora_weights",
        "{'r': 0} | r must be a rank of at least 1",
        "{'r': 'four'} | r must be a whole number",
        "{'lora_alpha': -1} | lora_alpha",
        "{'lora_dropout': 1.5} | lora_dropout",
        "{'target_modules': []} | target_modules",
        "{'target_modules': ['c_attn', 'nothing']} | nothing is none of its modules",
        "{'target_modules': ['c_attn', 'wte']} | wte is another module",
        "{'target_modules': ['lm_head']} | lm_head is another module",
        "{'target_modules': '['} | regular expression",
        "{'target_modules': '.*_[ha][a-z]*'} | lm_head is another module",
        "{'target_modules': '.*[.][cl][n_].*'} | transformer.h.0.ln_1 is another module",
        "{'target_modules': ['']} | target_modules must be names of modules, none of them empty",
        "{'modules_to_save': ['']} | modules_to_save must be names of modules, none of them empty",
        "{'modules_to_save': ['score']} | score is none of them",
        "{'modules_to_save': ['c_fc']} | unexpected",
        "{'modules_to_save': ['fc']} | has only its end, fc for transformer.h.0.mlp.c_fc",
        "{'modules_to_save': ['h']} | all of its layers are saved whole",
        "{'target_modules': ['wte'], 'modules_to_save': ['wte']} | all of its layers are saved",
        "{'trainable_token_indices': {'lm_head': [1]}} | trainable_token_indices",
        "{'trainable_token_indices': [60]} | 60",
        "{'trainable_token_indices': [1, 1]} | trainable_token_indices",
        "{'trainable_token_indices': [1], 'modules_to_save': ['wte']} | in rows or as a whole",
        "{'trainable_token_indices': [1]} | missing",
        "{'r': 8} | [8, 16]",
        "{'rank_pattern': {'h.0.attn.c_attn': 2}} | [2, 16]",
        "{'target_modules': ['c_attn']} | unexpected",
        "{'modules_to_save': ['ln_f']} | missing"
      })
  void whatIsNotComputedOrDoesNotFitIsRefusedByName(String json, String named) throws IOException {
    Path adapter = changed("tiny-gpt2-lora-a", json.replace('\'', '"'));
    TransformerConfig base = base("tiny-gpt2-lora-a");
    assertThatThrownBy(() -> LoraAdapter.read(adapter, base))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(named);
  }

  /** PEFT: {@code save_embedding_layers} of {@code get_peft_model_state_dict}. */
  @Test
  void aTableThatPeftStoredSinceItWasResizedIsNamed() throws IOException {
    Path adapter = changed("tiny-gpt2-lora-a", "{}");
    TransformerConfig base = base("tiny-gpt2-lora-a");
    Path file = adapter.resolve("adapter_model.safetensors");
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (String name : tensors.names()) {
        arrays.put(name, tensors.read(name));
      }
    }
    arrays.put("base_model.model.lm_head.weight", Nd4j.zeros(64, base.getNEmbd()));
    SafetensorsWriter.write(file, arrays, Map.of());

    assertThatThrownBy(() -> LoraAdapter.read(adapter, base))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(
            "found lm_head.weight, which PEFT stores if the vocabulary was resized")
        .hasMessageContaining("merge_and_unload");
  }

  @Test
  void anAdapterOfAnotherModelIsRefusedByShape() throws IOException {
    TransformerConfig wider = base("tiny-gpt2-lora-a").toBuilder().nEmbd(32).build();
    assertThatThrownBy(() -> LoraAdapter.read(peft("tiny-gpt2-lora-a"), wider))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("must belong to its base")
        .hasMessageContaining("[4, 32]");
    TransformerConfig shallower = base("tiny-gpt2-lora-a").toBuilder().nLayer(1).build();
    assertThatThrownBy(() -> LoraAdapter.read(peft("tiny-gpt2-lora-a"), shallower))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("unexpected");
    TransformerConfig llama = base("tiny-llama-lora-a");
    assertThatThrownBy(() -> LoraAdapter.read(peft("tiny-gpt2-lora-a"), llama))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("target_modules");
  }

  @Test
  void aDirectoryWithoutAnAdapterIsRefused() throws IOException {
    TransformerConfig base = base("tiny-gpt2-lora-a");
    assertThatThrownBy(() -> LoraAdapter.read(directory, base))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("adapter_config.json");
    Files.write(
        directory.resolve("adapter_config.json"),
        Files.readAllBytes(peft("tiny-gpt2-lora-a").resolve("adapter_config.json")));
    Files.write(directory.resolve("adapter_model.bin"), new byte[1]);
    assertThatThrownBy(() -> LoraAdapter.read(directory, base))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("adapter_model.bin");
  }

  /** PEFT: {@code get_pattern_key}, and the scaling of {@code LoraLayer.update_layer}. */
  @Test
  void ranksAndScalesAreThoseOfTheFirstPatternThatMatches() {
    LoraConfig lora =
        LoraConfig.builder()
            .r(4)
            .loraAlpha(8)
            .useRslora(true)
            .targetPattern(LoraConfig.ALL_LINEAR)
            .rankPattern(Map.of("h\\.1\\.attn\\.c_attn", 16))
            .alphaPattern(Map.of("c_fc", 3.0))
            .build();
    assertThat(lora.rank("transformer.h.1.attn.c_attn")).isEqualTo(16);
    assertThat(lora.rank("transformer.h.11.attn.c_attn")).isEqualTo(4);
    assertThat(lora.scale("transformer.h.1.attn.c_attn")).isEqualTo(2);
    assertThat(lora.scale("transformer.h.0.mlp.c_fc")).isEqualTo(1.5);
    assertThat(lora.toBuilder().useRslora(false).build().scale("transformer.h.0.mlp.c_proj"))
        .isEqualTo(2);
  }

  private static LoraConfig.LoraConfigBuilder ofRank2(String target) {
    return LoraConfig.builder().r(2).loraAlpha(2).targetModules(List.of(target));
  }

  /** PEFT's name of what {@code TrainableTokensWrapper} saves. */
  @Test
  void rowsOfTokensAreSavedByPeftsName() throws IOException {
    TransformerConfig base = base("tiny-llama-lora-a");
    Weights weights = Weights.read(FIXTURES.resolve("tiny-llama-lora-a"), base);
    LoraConfig lora = ofRank2("q_proj").trainableTokenIndices(List.of(54, 3)).build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 1);
    adapter.write(directory, base, null);
    String name = "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta";
    try (SafetensorsFile tensors =
        SafetensorsFile.open(directory.resolve("adapter_model.safetensors"))) {
      assertThat(tensors.read(name)).isEqualTo(weights.tokenTable().getRows(54, 3));
    }
    assertThat(LoraAdapter.read(directory, base).getConfig()).isEqualTo(lora);
    assertThat(adapter.on(base, weights).tokenTable() == weights.tokenTable()).isFalse();
  }

  /** PEFT: {@code key.endswith(target_key)} of {@code _set_trainable}, without a dot before it. */
  @Test
  void modulesToSaveAreEndsOfPaths() throws IOException {
    TransformerConfig base = base("tiny-llama-lora-a");
    Weights weights = Weights.read(FIXTURES.resolve("tiny-llama-lora-a"), base);
    LoraConfig lora = ofRank2("q_proj").modulesToSave(List.of("norm")).build();
    assertThat(LoraAdapter.initial(lora, base, weights, 1).asMap().keySet())
        .filteredOn(name -> !name.contains("lora_"))
        .containsExactlyInAnyOrder(
            "model.layers.0.input_layernorm.weight",
            "model.layers.0.post_attention_layernorm.weight",
            "model.layers.1.input_layernorm.weight",
            "model.layers.1.post_attention_layernorm.weight",
            "model.norm.weight");
  }

  /** PEFT: {@code check_target_module_exists}. {@code peft/make.py} computed the logits. */
  @Test
  void aModuleThatIsTargetedAndSavedIsSavedAlone() throws IOException {
    TransformerConfig base = base("tiny-gpt2-lora-a");
    Weights weights = Weights.read(FIXTURES.resolve("tiny-gpt2-lora-a"), base);
    Path files = Path.of("src/test/resources/peft/saved-and-targeted");
    LoraAdapter adapter = LoraAdapter.read(files, base);
    INDArray tokens;
    INDArray logits;
    try (SafetensorsFile expected = SafetensorsFile.open(files.resolve("expected.safetensors"))) {
      tokens = expected.read("input_ids").castTo(DataType.INT32);
      logits = expected.read("logits");
    }
    LatentBatch batch =
        LatentBatch.builder()
            .inputIds(tokens)
            .positionIds(Nd4j.createFromArray(0, 1, 2, 3, 4, 5, 6, 7).reshape(1, 8))
            .attentionMask(Nd4j.onesLike(tokens))
            .latentMask(Nd4j.zerosLike(tokens))
            .build();
    TransformerConfig untied = adapter.on(base).toBuilder().lora(null).build();
    try (LatentTransformer model =
            LatentTransformer.create(
                adapter.on(base), adapter.on(base, weights), LatentLoops.AUTO);
        LatentTransformer merged =
            LatentTransformer.create(untied, adapter.merged(base, weights), LatentLoops.AUTO)) {
      CloseArrays.assertWithin(1e-5, model.logits(batch), logits);
      CloseArrays.assertWithin(1e-5, merged.logits(batch), logits);
    }
    adapter.write(directory, base, null);
    assertThat(LoraAdapter.read(directory, base).asMap().keySet())
        .isEqualTo(adapter.asMap().keySet());
  }

  @Test
  void aTiedTableThatIsSavedWholeIsNoLongerTied() throws IOException {
    TransformerConfig base = base("tiny-gpt2-lora-a");
    Weights weights = Weights.read(FIXTURES.resolve("tiny-gpt2-lora-a"), base);
    LoraConfig lora = ofRank2("c_attn").modulesToSave(List.of("wte")).build();
    LoraAdapter adapter = LoraAdapter.initial(lora, base, weights, 1);
    Weights joined = adapter.on(base, weights);
    assertThat(adapter.on(base).isTieWordEmbeddings()).isFalse();
    assertThat(joined.trained()).containsKey("transformer.wte.weight");
    assertThat(joined.trained()).doesNotContainKey("lm_head.weight");
    INDArray head = joined.outputTable();
    assertThat(head == weights.tokenTable()).isTrue();
    assertThat(joined.tokenTable() == weights.tokenTable()).isFalse();
  }
}
