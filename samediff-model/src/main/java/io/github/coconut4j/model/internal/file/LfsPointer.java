package io.github.coconut4j.model.internal.file;

import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Recognises what git-lfs leaves in the place of a file that it did not fetch. */
public final class LfsPointer {

  private static final byte[] BEGIN =
      "version https://git-lfs.github.com/".getBytes(StandardCharsets.US_ASCII);

  private LfsPointer() {}

  /**
   * Refuses a pointer.
   *
   * @throws ModelFormatException if the file is one
   * @throws IOException if it cannot be read
   */
  public static void refuse(Path file) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      if (Arrays.equals(input.readNBytes(BEGIN.length), BEGIN)) {
        throw new ModelFormatException(
            file.toString(),
            "must be the model's own file",
            "a git-lfs pointer, which stands for a file that was not fetched",
            "Run git lfs pull in its repository, or download the file itself.");
      }
    }
  }
}
