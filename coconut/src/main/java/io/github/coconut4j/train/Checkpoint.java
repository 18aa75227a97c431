package io.github.coconut4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One directory {@code checkpoints/step-N}: weights, optimiser state and manifest. */
@Value
class Checkpoint {

  private static final String WEIGHTS = "weights.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";

  Path directory;
  CheckpointManifest manifest;

  /**
   * Writes a checkpoint whole or not at all.
   *
   * @param manifest its sums are filled in here
   */
  static void write(
      Path directory,
      CheckpointManifest manifest,
      Map<String, INDArray> weights,
      Map<String, INDArray> optimizer)
      throws IOException {
    AtomicDirectory.write(
        directory,
        partial -> {
          SafetensorsWriter.write(partial.resolve(WEIGHTS), weights, Map.of());
          SafetensorsWriter.write(partial.resolve(OPTIMIZER), optimizer, Map.of());
          CheckpointManifest complete =
              CheckpointManifest.builder()
                  .version(CheckpointManifest.VERSION)
                  .library(manifest.getLibrary())
                  .state(manifest.getState())
                  .metricsLines(manifest.getMetricsLines())
                  .configuration(manifest.getConfiguration())
                  .problems(manifest.getProblems())
                  .sums(sums(partial))
                  .build();
          Files.write(
              partial.resolve(CheckpointManifest.FILE),
              CheckpointManifest.JSON.writeValueAsBytes(complete));
        });
  }

  /**
   * Opens a checkpoint and checks every byte of it.
   *
   * @throws ModelFormatException if a file is missing, damaged or of another version
   */
  static Checkpoint open(Path directory) throws IOException {
    Path file = directory.resolve(CheckpointManifest.FILE);
    try {
      CheckpointManifest manifest =
          CheckpointManifest.JSON.readValue(Files.readAllBytes(file), CheckpointManifest.class);
      if (manifest.getVersion() != CheckpointManifest.VERSION || manifest.getState() == null) {
        throw damaged(file, "must be of version " + CheckpointManifest.VERSION, "another", null);
      }
      if (!sums(directory).equals(manifest.getSums())) {
        throw damaged(directory, "must have the files it was written with", "others", null);
      }
      return new Checkpoint(directory, manifest);
    } catch (JsonProcessingException e) {
      throw damaged(file, "must be JSON as it was written", e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw damaged(directory, "must be complete", e.getFile() + " missing", e);
    }
  }

  /** Copies the weights into live arrays. */
  void restoreWeights(Map<String, INDArray> live) throws IOException {
    Map<String, INDArray> saved = read(WEIGHTS);
    OptimizerState.copy(saved, live);
  }

  /** The optimiser's arrays. */
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

  private static Map<String, String> sums(Path directory) throws IOException {
    return Map.of(
        WEIGHTS, Sha256.of(directory.resolve(WEIGHTS)),
        OPTIMIZER, Sha256.of(directory.resolve(OPTIMIZER)));
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
