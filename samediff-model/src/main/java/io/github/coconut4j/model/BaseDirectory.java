package io.github.coconut4j.model;

import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;

/** The model directory of an adapter's base. Its weights are read once for their checksum. */
public final class BaseDirectory {

  private final Path path;

  /** Null until first requested. */
  private String weightsSum;

  public BaseDirectory(Path path) {
    Arguments.requireNonNull(path, "path", "Give the base's model directory.");
    this.path = path;
  }

  /** The directory, as given. */
  public Path path() {
    return path;
  }

  /**
   * SHA-256 of the weights' files at the time of the first call.
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
