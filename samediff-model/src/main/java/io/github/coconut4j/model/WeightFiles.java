package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.coconut4j.model.internal.file.StrictJson;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tensors of a model directory: those of {@code model.safetensors}, or of the several files
 * that {@code model.safetensors.index.json} names.
 */
final class WeightFiles implements AutoCloseable {

  /** The file with all weights of a model that is not split. */
  static final String SINGLE = "model.safetensors";

  private static final String INDEX = "model.safetensors.index.json";
  private static final String[] PICKLES = {
    "pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt"
  };
  private static final long MAX_INDEX_BYTES = 100_000_000;

  private final Path directory;
  private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> fileByTensor = new LinkedHashMap<>();

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Index(
      @JsonProperty(value = "weight_map", required = true) LinkedHashMap<String, String> files) {}

  private WeightFiles(Path directory) {
    this.directory = directory;
  }

  static WeightFiles open(Path directory) throws IOException {
    WeightFiles files = new WeightFiles(directory);
    try {
      files.openAll();
      return files;
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** Names as stored. */
  Set<String> names() {
    return Collections.unmodifiableSet(fileByTensor.keySet());
  }

  long[] shape(String name) {
    return fileByTensor.get(name).shape(name);
  }

  INDArray read(String name) throws IOException {
    return fileByTensor.get(name).read(name);
  }

  @Override
  public void close() throws IOException {
    for (SafetensorsFile file : files.values()) {
      file.close();
    }
  }

  private void openAll() throws IOException {
    if (Files.isRegularFile(directory.resolve(SINGLE))) {
      SafetensorsFile file = open(SINGLE);
      file.names().forEach(name -> fileByTensor.put(name, file));
    } else if (Files.isRegularFile(directory.resolve(INDEX))) {
      for (Map.Entry<String, String> tensor : readIndex().entrySet()) {
        addShardTensor(tensor.getKey(), tensor.getValue());
      }
    } else {
      throw noWeights();
    }
  }

  private SafetensorsFile open(String fileName) throws IOException {
    SafetensorsFile file = files.get(fileName);
    if (file == null) {
      file = SafetensorsFile.open(directory.resolve(fileName));
      files.put(fileName, file);
    }
    return file;
  }

  private void addShardTensor(String name, String fileName) throws IOException {
    Path shard = directory.resolve(fileName);
    // The index must not lead out of the model directory.
    if (!directory.equals(shard.getParent()) || !Files.isRegularFile(shard)) {
      throw indexProblem("must name a file of its directory for tensor " + name, fileName, null);
    }
    SafetensorsFile file = open(fileName);
    if (!file.names().contains(name)) {
      throw indexProblem("must name the file that holds tensor " + name, fileName, null);
    }
    fileByTensor.put(name, file);
  }

  private Map<String, String> readIndex() throws IOException {
    try {
      return StrictJson.mapper(MAX_INDEX_BYTES)
          .readValue(directory.resolve(INDEX).toFile(), Index.class)
          .files();
    } catch (JsonProcessingException e) {
      throw indexProblem("must have a weight_map of tensors to files", e.getOriginalMessage(), e);
    }
  }

  private ModelFormatException indexProblem(String requirement, String found, Throwable cause) {
    return new ModelFormatException(
        directory.resolve(INDEX).toString(),
        requirement,
        found,
        "Fetch all files of the model again.",
        cause);
  }

  private ModelFormatException noWeights() {
    for (String pickle : PICKLES) {
      if (Files.exists(directory.resolve(pickle))) {
        return new ModelFormatException(
            "The model directory " + directory,
            "must contain " + SINGLE,
            pickle + ", which can run code when it is opened",
            "Convert it with Python: GPT2LMHeadModel.from_pretrained(directory)"
                + ".save_pretrained(directory).");
      }
    }
    return new ModelFormatException(
        "The model directory " + directory,
        "must contain " + SINGLE + " or " + INDEX,
        "neither",
        "Name the directory that save_pretrained, or a training run here, has written.");
  }
}
