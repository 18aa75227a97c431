package io.github.coconut4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.Getter;
import lombok.RequiredArgsConstructor;
import lombok.Value;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One directory {@code checkpoints/step-N} whose files have been checked: weights, optimiser state
 * and manifest.
 */
@Slf4j
@Value
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
public class Checkpoint {

  private static final String WEIGHTS = "weights.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";

  /** In the format of the command {@code sha256sum}, so that anyone can check it. */
  private static final String SUMS = "SHA256SUMS";

  private static final List<String> SUMMED = List.of(CheckpointManifest.FILE, OPTIMIZER, WEIGHTS);

  /** The directory itself. */
  Path directory;

  @Getter(AccessLevel.PACKAGE)
  CheckpointManifest manifest;

  /** The state of the run at the checkpoint. */
  public TrainingState getState() {
    return manifest.getState();
  }

  /** Writes a checkpoint completely or not at all. */
  static void write(
      Path directory,
      CheckpointManifest manifest,
      Map<String, INDArray> weights,
      Map<String, INDArray> optimizer)
      throws IOException {
    AtomicDirectory.write(
        directory,
        partial -> {
          write(partial.resolve(WEIGHTS), weights);
          write(partial.resolve(OPTIMIZER), optimizer);
          Files.write(
              partial.resolve(CheckpointManifest.FILE),
              CheckpointManifest.JSON.writeValueAsBytes(manifest));
          Files.writeString(partial.resolve(SUMS), sums(partial));
        });
  }

  /** Not written atomically, since the whole directory is. */
  private static void write(Path file, Map<String, INDArray> arrays) throws IOException {
    try (OutputStream output = Files.newOutputStream(file)) {
      SafetensorsWriter.write(output, arrays, Map.of());
    }
  }

  /**
   * Opens a checkpoint and checks every byte of it.
   *
   * @throws ModelFormatException if a file is missing, damaged or of another version
   */
  static Checkpoint open(Path directory) throws IOException {
    Path file = directory.resolve(CheckpointManifest.FILE);
    try {
      checkSums(directory);
      CheckpointManifest manifest =
          CheckpointManifest.JSON.readValue(Files.readAllBytes(file), CheckpointManifest.class);
      if (manifest == null
          || manifest.getVersion() != CheckpointManifest.VERSION
          || manifest.getState() == null) {
        throw damaged(file, "must be of version " + CheckpointManifest.VERSION, "another", null);
      }
      return new Checkpoint(directory, manifest);
    } catch (JsonProcessingException e) {
      throw damaged(
          file, "must be JSON as it was written", JsonFault.described(e.getOriginalMessage()), e);
    } catch (NoSuchFileException e) {
      throw damaged(directory, "must be complete", e.getFile() + " missing", e);
    }
  }

  /**
   * Whether a checkpoint has the best evaluation so far; false if that cannot be read. The arrays
   * are not checked.
   */
  static boolean isBest(Path directory) {
    try {
      byte[] json = Files.readAllBytes(directory.resolve(CheckpointManifest.FILE));
      return CheckpointManifest.JSON.readTree(json).path("best").asBoolean();
    } catch (IOException e) {
      log.warn("{} cannot be read: {}", directory, e.getMessage());
      return false;
    }
  }

  private static void checkSums(Path directory) throws IOException {
    String saved =
        new String(Files.readAllBytes(directory.resolve(SUMS)), StandardCharsets.ISO_8859_1);
    String now = sums(directory);
    if (!saved.equals(now)) {
      List<String> kept = saved.lines().toList();
      List<String> changed =
          SUMMED.stream().filter(name -> !kept.contains(line(now, name))).toList();
      throw damaged(
          directory,
          "must have the files it was written with",
          "a change in " + String.join(", ", changed) + " or " + SUMS,
          null);
    }
  }

  private static String line(String sums, String name) {
    return sums.lines().filter(line -> line.endsWith(name)).findFirst().orElseThrow();
  }

  /** Copies the weights into live arrays. */
  void restoreWeights(Map<String, INDArray> live) throws IOException {
    SavedArrays.copy("The checkpoint " + directory.resolve(WEIGHTS), read(WEIGHTS), live);
  }

  /** Reads the optimiser's arrays. */
  Map<String, INDArray> optimizerState() throws IOException {
    return read(OPTIMIZER);
  }

  private Map<String, INDArray> read(String name) throws IOException {
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(directory.resolve(name))) {
      for (String tensor : file.names()) {
        arrays.put(tensor, file.read(tensor));
      }
    }
    return arrays;
  }

  private static String sums(Path directory) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String name : SUMMED) {
      lines.append(Sha256.of(directory.resolve(name))).append("  ").append(name).append('\n');
    }
    return lines.toString();
  }

  private static ModelFormatException damaged(
      Path subject, String requirement, String found, Exception cause) {
    return new ModelFormatException(
        "The checkpoint " + subject,
        requirement,
        found,
        "Resume falls back to the checkpoint before it.",
        cause);
  }
}
