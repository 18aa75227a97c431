package io.github.coconut4j.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.files.PickleFile;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.file.StrictJson;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The tensors of a model directory: from {@code model.safetensors}, or from the several files that
 * {@code model.safetensors.index.json} names.
 */
final class WeightFiles implements AutoCloseable {

  /** The file with all weights of a model that is not split. */
  static final String SINGLE = "model.safetensors";

  private static final String INDEX = "model.safetensors.index.json";
  private static final long MAX_INDEX_BYTES = 10_000_000;

  private final Path directory;
  private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> fileByTensor = new LinkedHashMap<>();

  private WeightFiles(Path directory) {
    this.directory = directory;
  }

  static WeightFiles open(Path directory) throws IOException {
    WeightFiles files = new WeightFiles(directory);
    try {
      files.openAll();
      return files;
    } catch (IOException | RuntimeException | Error e) {
      files.close();
      throw e;
    }
  }

  /** Opens one file of any name. */
  static WeightFiles ofFile(Path file) throws IOException {
    Arguments.requireNonNull(file, "file", "Name the checkpoint's file.");
    WeightFiles files = new WeightFiles(file.toAbsolutePath().getParent());
    files.addAll(file.getFileName().toString());
    return files;
  }

  /**
   * SHA-256 of a model directory's weights: of its one file, or of the concatenated contents of all
   * files in the order of their names.
   */
  static String sum(Path directory) throws IOException {
    MessageDigest digest = Sha256.digest();
    try (WeightFiles weights = open(directory)) {
      for (String name : new TreeSet<>(weights.files.keySet())) {
        try (OutputStream output =
            new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
          Files.copy(directory.resolve(name), output);
        }
      }
    }
    return Sha256.text(digest);
  }

  /** Names of the tensors as stored. */
  Set<String> names() {
    return Collections.unmodifiableSet(fileByTensor.keySet());
  }

  long[] shape(String name) {
    return fileByTensor.get(name).shape(name);
  }

  INDArray read(String name, DataType type) throws IOException {
    return fileByTensor.get(name).read(name, type);
  }

  @Override
  public void close() throws IOException {
    for (SafetensorsFile file : files.values()) {
      file.close();
    }
  }

  private void openAll() throws IOException {
    if (Presence.isFile(directory.resolve(SINGLE))) {
      addAll(SINGLE);
    } else if (Presence.isFile(directory.resolve(INDEX))) {
      openShards(regularFiles());
    } else {
      throw noWeights(regularFiles());
    }
  }

  private void addAll(String fileName) throws IOException {
    SafetensorsFile file = open(fileName);
    file.names().forEach(name -> fileByTensor.put(name, file));
  }

  private Set<String> regularFiles() throws IOException {
    if (!Files.isDirectory(directory)) {
      return Set.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
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

  private void openShards(Set<String> present) throws IOException {
    JsonNode shards = readIndex();
    if (!shards.isObject()) {
      throw indexProblem("must have an object weight_map", "none", null);
    }
    for (Map.Entry<String, JsonNode> tensor : shards.properties()) {
      // Only names from the directory's own list are opened, so none leads out of the directory.
      if (!tensor.getValue().isTextual() || !present.contains(tensor.getValue().textValue())) {
        throw indexProblem(
            "must name a file of its directory for " + tensor.getKey(), tensor.getValue(), null);
      }
      addShardTensor(tensor.getKey(), tensor.getValue().textValue());
    }
  }

  private void addShardTensor(String name, String fileName) throws IOException {
    SafetensorsFile file = open(fileName);
    if (!file.names().contains(name)) {
      throw indexProblem("must name the file that holds " + name, fileName, null);
    }
    fileByTensor.put(name, file);
  }

  /** File names by tensor. */
  private JsonNode readIndex() throws IOException {
    LfsPointer.refuse(directory.resolve(INDEX), ModelFormatException::new);
    try {
      return StrictJson.mapper(MAX_INDEX_BYTES)
          .readTree(directory.resolve(INDEX).toFile())
          .path("weight_map");
    } catch (JsonProcessingException e) {
      throw indexProblem("must be a JSON object", JsonFault.described(e.getOriginalMessage()), e);
    } catch (CharConversionException e) { // the bytes are not valid text
      throw indexProblem("must be a JSON object", e.getMessage(), e);
    }
  }

  private ModelFormatException indexProblem(String requirement, Object found, Throwable cause) {
    return new ModelFormatException(
        directory.resolve(INDEX).toString(),
        requirement,
        found,
        "Fetch all files of the model again.",
        cause);
  }

  private ModelFormatException noWeights(Set<String> present) {
    List<String> pickles = present.stream().filter(PickleFile::is).toList();
    if (!pickles.isEmpty()) {
      return new ModelFormatException(
          "The model directory " + directory,
          "must contain " + SINGLE,
          pickles + ", which can run code when it is opened",
          "Convert it with Python: AutoModelForCausalLM.from_pretrained(directory)"
              + ".save_pretrained(directory).");
    }
    return new ModelFormatException(
        "The model directory " + directory,
        "must contain " + SINGLE + " or " + INDEX,
        "neither",
        "Name the directory that save_pretrained has written, or the directory model/ of a training run.");
  }
}
