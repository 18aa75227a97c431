package io.github.coconut4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class WeightsReadTest {

  private static TransformerConfig config;
  private static Weights weights;

  @TempDir Path directory;

  @BeforeAll
  static void readSingleFile() throws IOException {
    config = TransformerConfig.read(HuggingFaceFiles.path("single"));
    weights = Weights.read(HuggingFaceFiles.path("single"), config);
  }

  @Test
  void readsTheValuesThatPyTorchHolds() {
    // Printed by PyTorch from the same directory.
    assertThat(weights.get("transformer.wte.weight").getFloat(10, 7)).isEqualTo(0.21376796f);
    assertThat(weights.get("transformer.h.1.attn.c_attn.weight").getFloat(3, 20))
        .isEqualTo(0.31837818f);
    assertThat(weights.get("transformer.h.0.mlp.c_proj.weight").getFloat(19, 2))
        .isEqualTo(0.086658664f);
    assertThat(weights.get("transformer.ln_f.bias").getFloat(7)).isEqualTo(0.08822429f);
  }

  @Test
  void readsSeveralFiles() throws IOException {
    Path sharded = HuggingFaceFiles.path("sharded");

    EqualArrays.assertEqual(Weights.read(sharded, config), weights);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai.safetensors", "old.safetensors"})
  void readsOtherNamesAndIgnoresMasks(String file) throws IOException {
    Path model = HuggingFaceFiles.modelDirectory(file, directory);

    EqualArrays.assertEqual(Weights.read(model, config), weights);
  }

  /** A rounding error is at most half of the last of 11 or 8 significant bits. */
  @ParameterizedTest
  @CsvSource({"float16, 2048", "bfloat16, 256"})
  void readsHalfPrecision(String model, int resolution) throws IOException {
    Weights rounded = Weights.read(HuggingFaceFiles.path(model), config);

    weights
        .asMap()
        .forEach(
            (name, array) -> {
              float[] exact = array.data().asFloat();
              float[] found = rounded.get(name).data().asFloat();
              for (int i = 0; i < exact.length; i++) {
                assertThat(exact[i]).isFinite();
                assertThat(Math.abs(found[i] - exact[i]))
                    .isLessThanOrEqualTo(Math.max(Math.abs(exact[i]) / resolution, 1e-7f));
              }
            });
  }

  @Test
  void refusesAnOutputEmbeddingOfItsOwn() throws IOException {
    Path model = HuggingFaceFiles.modelDirectory("untied.safetensors", directory);

    assertThatThrownBy(() -> Weights.read(model, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(model.toString(), "lm_head.weight", "token embedding");
  }

  /** Values that ND4J's comparisons call equal: neighbours, and infinity and any number. */
  @ParameterizedTest
  @ValueSource(strings = {"next", "infinite"})
  void refusesAnOutputEmbeddingThatDiffersInOneValue(String change) throws IOException {
    INDArray output = weights.tokenTable().dup('c');
    float value = output.getFloat(3, 2);
    output.putScalar(3, 2, change.equals("next") ? Math.nextUp(value) : Float.POSITIVE_INFINITY);
    Map<String, INDArray> untied = new LinkedHashMap<>(weights.asMap());
    untied.put("lm_head.weight", output);
    write(untied);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("lm_head.weight", "different values");
  }

  @Test
  void namesMissingAndUnexpectedParametersInOneMessage() throws IOException {
    Map<String, INDArray> changed = new LinkedHashMap<>(weights.asMap());
    changed.remove("transformer.h.1.ln_2.bias");
    changed.remove("transformer.wpe.weight");
    changed.put("transformer.h.2.ln_1.bias", Nd4j.ones(8));
    changed.put("score.weight", Nd4j.ones(8));
    write(changed);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(
            directory.toString(),
            "missing transformer.wpe.weight, transformer.h.1.ln_2.bias",
            "unexpected transformer.h.2.ln_1.bias, score.weight");
  }

  @Test
  void namesParametersOfAnotherShape() throws IOException {
    TransformerConfig other = config.toBuilder().nPositions(9).nInner(24).build();

    assertThatThrownBy(() -> Weights.read(HuggingFaceFiles.path("single"), other))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(
            "transformer.wpe.weight [7, 8] instead of [9, 8]",
            "transformer.h.0.mlp.c_fc.weight [8, 20] instead of [8, 24]",
            "transformer.h.1.mlp.c_proj.weight [20, 8] instead of [24, 8]");
  }

  @Test
  void refusesParametersThatAreStoredTwice() throws IOException {
    Map<String, INDArray> changed = new LinkedHashMap<>(weights.asMap());
    changed.put("wpe.weight", weights.get("transformer.wpe.weight"));
    write(changed);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("both transformer.wpe.weight and wpe.weight");
  }

  @Test
  void refusesAnAbsurdNumberOfLayersWithoutListingThem() {
    TransformerConfig deep = config.toBuilder().nLayer(Integer.MAX_VALUE).build();

    assertThatThrownBy(() -> Weights.read(HuggingFaceFiles.path("single"), deep))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("2147483647 layers", "28 tensors");
  }

  /** A file may be longer than the disk is large, where nothing was written between its ends. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs a sparse file")
  void refusesWeightsThatOutgrowTheMemoryBeforeItAllocatesThem() throws IOException {
    TransformerConfig vast = config.toBuilder().vocabSize(1 << 30).nEmbd(2048).build();
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    long end = 0;
    for (ParameterLayout.Parameter parameter : ParameterLayout.of(vast).parameters()) {
      ObjectNode tensor = header.putObject(parameter.name()).put("dtype", "BF16");
      LongStream.of(parameter.shape()).forEach(tensor.putArray("shape")::add);
      tensor.putArray("data_offsets").add(end).add(end += 2 * (long) parameter.size());
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array();
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("model.safetensors").toFile(), "rw")) {
      file.write(length);
      file.write(json);
      file.setLength(length.length + json.length + end);
    }

    assertThatThrownBy(() -> Weights.read(directory, vast))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("GiB, but take 8192", "Take a smaller model");
  }

  @Test
  void abridgesLongListsOfNames() {
    TransformerConfig deeper = config.toBuilder().nLayer(20).build();

    assertThatThrownBy(() -> Weights.read(HuggingFaceFiles.path("single"), deeper))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("and 204 more and unexpected none");
  }

  @Test
  void refusesPicklesWithTheWayToConvertThem() throws IOException {
    Files.copy(HuggingFaceFiles.path("pickle.bin"), directory.resolve("pytorch_model.bin"));

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("pytorch_model.bin", "AutoModelForCausalLM", "save_pretrained");
  }

  @Test
  void refusesEachKindOfPickle() throws IOException {
    Files.createFile(directory.resolve("last.ckpt"));

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("last.ckpt", "can run code");
  }

  @Test
  void refusesDirectoriesWithoutWeights() {
    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("must contain model.safetensors", "neither");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"weight_map\":{\"wte.weight\":\"../single/model.safetensors\"}} | ../single",
        "{\"weight_map\":{\"wte.weight\":\"missing.safetensors\"}}         | missing.safetensors",
        "{\"weight_map\":{\"wte.weight\":\"part.safetensors\"}}            | part.safetensors",
        "{\"weight_map\":{\"wte.weight\":\"a\\u0000\"}}                     | wte.weight",
        "{\"weight_map\":{\"wte.weight\":\"\"}}                            | wte.weight",
        "{\"weight_map\":{\"wte.weight\":null}}                            | wte.weight",
        "{\"weight_map\":{\"wte.weight\":[]}}                              | []",
        "{\"weight_map\":null}                                             | weight_map",
        "{}                                                                | weight_map",
        "null                                                              | weight_map",
        "[                                                                 | JSON object",
      })
  void refusesIndexesThatNameNoFile(String index, String message) throws IOException {
    Path model = Files.createDirectory(directory.resolve("model"));
    Files.writeString(model.resolve("model.safetensors.index.json"), index);
    SafetensorsWriter.write(model.resolve("part.safetensors"), Map.of("a", Nd4j.ones(2)), Map.of());

    assertThatThrownBy(() -> Weights.read(model, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("model.safetensors.index.json", message);
  }

  private void write(Map<String, INDArray> tensors) throws IOException {
    SafetensorsWriter.write(directory.resolve("model.safetensors"), tensors, Map.of());
  }

  /** What compiling, wrapping and sharding tools leave in names, and combinations of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "_orig_mod.%s",
        "module.%s",
        "model.%s",
        "transformer.%s",
        "_orig_mod.module.%s",
        "module._orig_mod.base_causallm.%s",
        "model.transformer.%s",
        "_forward_module.model._fsdp_wrapped_module.%s",
      })
  void readsNamesWithinWrappingModules(String form) throws IOException {
    Map<String, INDArray> whole = new LinkedHashMap<>();
    Map<String, INDArray> bare = new LinkedHashMap<>();
    weights.asMap().forEach((name, array) -> whole.put(form.formatted(name), array));
    weights
        .asMap()
        .forEach(
            (name, array) -> bare.put(form.formatted(name.replace("transformer.", "")), array));
    bare.put(form.formatted("lm_head.weight"), weights.tokenTable());

    write(whole);
    assertThat(Weights.read(directory, config).asMap()).isEqualTo(weights.asMap());
    write(bare);
    assertThat(Weights.read(directory, config).asMap()).isEqualTo(weights.asMap());
  }

  @Test
  void readsBlocksThatAreWrappedThemselves() throws IOException {
    Map<String, INDArray> wrapped = new LinkedHashMap<>();
    weights
        .asMap()
        .forEach(
            (name, array) ->
                wrapped.put(
                    name.replaceFirst("(h\\.\\d+\\.)", "$1_checkpoint_wrapped_module._orig_mod."),
                    array));
    write(wrapped);

    assertThat(Weights.read(directory, config).asMap()).isEqualTo(weights.asMap());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lm_head.weight", "module.lm_head.weight", "transformer.lm_head.weight"})
  void theOutputEmbeddingStandsForTheTokenEmbedding(String name) throws IOException {
    Map<String, INDArray> tied = new LinkedHashMap<>(weights.asMap());
    tied.put(name, tied.remove("transformer.wte.weight"));
    write(tied);

    assertThat(Weights.read(directory, config).asMap()).isEqualTo(weights.asMap());
  }

  @Test
  void refusesTwoParametersThatAreOneBehindTheirWrappers() throws IOException {
    Map<String, INDArray> twice = new LinkedHashMap<>(weights.asMap());
    twice.put("_orig_mod.transformer.wte.weight", weights.tokenTable());
    write(twice);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("both transformer.wte.weight and _orig_mod.transformer.wte.weight");
  }

  @Test
  void refusesAnOutputEmbeddingOfAnotherShape() throws IOException {
    Map<String, INDArray> padded = new LinkedHashMap<>(weights.asMap());
    padded.put("lm_head.weight", Nd4j.zeros(16, 8));
    write(padded);

    assertThatThrownBy(() -> Weights.read(directory, config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("lm_head.weight");
  }

  /** What a checkout without git-lfs holds in place of each large file. */
  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model.safetensors.index.json", "config.json"})
  void aPointerOfGitLfsIsCalledOne(String file) throws IOException {
    Files.writeString(
        directory.resolve(file),
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n");

    assertThatThrownBy(
            () ->
                Weights.read(
                    directory,
                    file.equals("config.json") ? TransformerConfig.read(directory) : config))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(file, "git-lfs pointer", "git lfs pull");
  }
}
