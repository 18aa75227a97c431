package io.github.coconut4j.model;

import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter's directory in PEFT's format: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}. Parameters have the names of the whole model, prefixed with {@code
 * base_model.model.}.
 */
final class AdapterFiles {

  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PICKLE = "adapter_model.bin";
  static final String PREFIX = "base_model.model.";

  private static final String MERGE = "model.merge_and_unload().save_pretrained(DIR)";

  /** Key in the metadata of the tensors' file; PEFT ignores it. */
  private static final String BASE_SUM = "base_sha256";

  private AdapterFiles() {}

  /** Reads an adapter and removes the prefix from the parameters' names. */
  static LoraAdapter read(Path directory, TransformerConfig base) throws IOException {
    return OpenedResources.open(opened -> read(directory, base, opened));
  }

  private static LoraAdapter read(Path directory, TransformerConfig base, OpenedResources opened)
      throws IOException {
    LoraConfig config = PeftConfig.read(directory).on(base);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    Path file = weights(directory);
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      for (String name : tensors.names()) {
        if (!name.startsWith(PREFIX)) {
          throw new ModelFormatException(
              file.toString(),
              "must have names that begin with " + PREFIX,
              name,
              "Save the adapter with PEFT's save_pretrained.");
        }
        arrays.put(name.substring(PREFIX.length()), opened.add(tensors.read(name)));
      }
    }
    requireNoTables(file, config, base, arrays.keySet());
    try {
      return LoraAdapter.of(config, base, arrays);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          "The adapter "
              + directory
              + " must belong to its base: "
              + e.getMessage()
              + " Give the model that the adapter was trained on, or merge the two in Python: "
              + MERGE
              + ".",
          e);
    }
  }

  /** PEFT stores whole tables if the vocabulary was resized, also if they are not trained. */
  private static void requireNoTables(
      Path file, LoraConfig config, TransformerConfig base, Set<String> names) {
    String tokens = ParameterLayout.of(base).tokenTable();
    boolean savesTable = config.saves(AdapterLayout.module(tokens));
    boolean savesOutput = config.saves(AdapterLayout.module(ParameterLayout.OUTPUT_EMBEDDING));
    String found =
        names.contains(tokens) && !savesTable
            ? tokens
            : names.contains(ParameterLayout.OUTPUT_EMBEDDING) && !savesOutput
                ? ParameterLayout.OUTPUT_EMBEDDING
                : null;
    if (found != null) {
      throw new ModelFormatException(
          file.toString(),
          "must have whole tables of embeddings only with modules_to_save",
          found + ", which PEFT stores if the vocabulary was resized",
          "Merge the adapter into the resized model in Python: " + MERGE + ".");
    }
  }

  private static Path weights(Path directory) throws IOException {
    Path file = directory.resolve(WEIGHTS);
    if (!Presence.isFile(file)) {
      boolean isPickle = Files.exists(directory.resolve(PICKLE));
      throw new ModelFormatException(
          "The adapter " + directory,
          "must contain " + WEIGHTS,
          isPickle ? PICKLE + ", which can run code when it is opened" : "none",
          "Save it with PEFT's save_pretrained, which writes safetensors.");
    }
    return file;
  }

  /**
   * Rejects a base if its weights' SHA-256 differs from the one in the adapter's file, if the file
   * has one.
   */
  static void requireBase(Path directory, BaseDirectory baseDirectory) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(weights(directory))) {
      String trainedOn = tensors.metadata().get(BASE_SUM);
      if (trainedOn != null && !trainedOn.equals(baseDirectory.weightsSum())) {
        throw new ModelFormatException(
            "The adapter " + directory,
            "must be beside the base that it was trained on, whose weights have the SHA-256 "
                + trainedOn,
            "other weights in " + baseDirectory.path(),
            "Give that base: --model BASE --adapter DIR, --base BASE to merge, or `model_id` to"
                + " train.");
      }
    }
  }

  /**
   * Writes an adapter.
   *
   * @param baseName the base's path or name, or null
   * @param baseSum SHA-256 of the base's weights, or null
   */
  static void write(
      Path directory, LoraAdapter adapter, TransformerConfig base, String baseName, String baseSum)
      throws IOException {
    PeftConfig.write(directory, adapter.getConfig(), base, baseName);
    Map<String, INDArray> named = new LinkedHashMap<>();
    adapter
        .asMap()
        .forEach(
            (name, array) -> named.put(LoraAdapter.storedName(name), array.castTo(DataType.FLOAT)));
    Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", "pt"));
    if (baseSum != null) {
      metadata.put(BASE_SUM, baseSum);
    }
    SafetensorsWriter.write(directory.resolve(WEIGHTS), named, metadata);
  }
}
