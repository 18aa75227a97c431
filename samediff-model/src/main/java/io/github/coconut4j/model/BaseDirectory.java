package io.github.coconut4j.model;

import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;

/** The model directory of adapters' base, whose weights are read once for their checksum. */
public final class BaseDirectory {

  private final Path path;

  /** Null before it is asked for. */
  private String weightsSum;

  /** A model directory. */
  public BaseDirectory(Path path) {
    Arguments.requireNonNull(path, "path", "Give the base's model directory.");
    this.path = path;
  }

  /** The directory, as it was given. */
  public Path path() {
    return path;
  }

  /**
   * SHA-256 of the weights' files as they were when it was first asked for.
   *
   * @throws IOException if they cannot be read
   */
  public synchronized String weightsSum() throws IOException {
    if (weightsSum == null) {
      weightsSum = WeightFiles.sum(path);
    }
    return weightsSum;
  }
}
