package io.github.coconut4j.parity;

import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code expected.safetensors}: outputs and, under {@code grad.NAME}, gradients. */
final class ExpectedTensors implements AutoCloseable {

  private static final String FILE = "expected.safetensors";
  private static final String GRADIENT = "grad.";
  private static final String REMEDY = "Make the fixture again.";

  private final Path path;
  private final SafetensorsFile file;

  private ExpectedTensors(Path path) throws IOException {
    this.path = path;
    this.file = SafetensorsFile.open(path);
  }

  /**
   * Opens a fixture's file.
   *
   * @param outputs names of the outputs that are compared
   * @throws ModelFormatException if the file holds an output that is not compared, or is malformed
   */
  static ExpectedTensors open(Path fixture, Set<String> outputs) throws IOException {
    ExpectedTensors tensors = new ExpectedTensors(fixture.resolve(FILE));
    Set<String> others = new TreeSet<>(tensors.file.names());
    others.removeIf(name -> name.startsWith(GRADIENT) || outputs.contains(name));
    if (!others.isEmpty()) {
      tensors.close();
      throw new ModelFormatException(
          tensors.path.toString(),
          "must hold only gradients and " + outputs + ", which are compared",
          others,
          REMEDY);
    }
    return tensors;
  }

  /** Names of the parameters whose gradients the file holds. */
  Set<String> parameters() {
    return file.names().stream()
        .filter(name -> name.startsWith(GRADIENT))
        .map(name -> name.substring(GRADIENT.length()))
        .collect(Collectors.toSet());
  }

  /** Whether the file holds an output. */
  boolean has(String output) {
    return file.names().contains(output);
  }

  /** The expected gradient of a parameter, in its shape. */
  INDArray gradient(String parameter, long[] shape) throws IOException {
    return read(GRADIENT + parameter, shape);
  }

  /**
   * An expected tensor.
   *
   * @throws ModelFormatException if it is missing or of the wrong shape
   */
  INDArray read(String name, long[] shape) throws IOException {
    if (!file.names().contains(name)) {
      throw new ModelFormatException(
          path.toString(), "must hold the tensor " + name, file.names(), REMEDY);
    }
    if (!Arrays.equals(file.shape(name), shape)) {
      throw new ModelFormatException(
          "Tensor " + name + " of " + path,
          "must have the shape " + Arrays.toString(shape),
          Arrays.toString(file.shape(name)),
          REMEDY);
    }
    return file.read(name);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
