package io.github.coconut4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks that a file to write is none that the command reads. */
final class OwnFile {

  private OwnFile() {}

  /**
   * Checks a file.
   *
   * @param option option that names the file
   * @param source option that names the files with problems to read
   * @throws IllegalArgumentException if the file is one of them
   */
  static void require(String option, Path file, String source, List<Path> read) throws IOException {
    for (Path other : read) {
      if (Files.exists(file) && Files.exists(other) && Files.isSameFile(file, other)) {
        throw new IllegalArgumentException(
            option
                + " needs a file of its own but "
                + file
                + " holds the problems of "
                + source
                + ". Name another file.");
      }
    }
  }
}
