package io.github.coconut4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/** Recognises the pointers that git-lfs leaves in place of files that it did not fetch. */
public final class LfsPointer {

  /** What was found in place of a file, and the remedy, as the end of a sentence. */
  public static final String FOUND =
      "found a git-lfs pointer, which stands for a file that was not fetched; run git lfs pull in"
          + " its repository, or download the file itself";

  private static final String BEGIN = "version https://git-lfs.github.com/";
  private static final byte[] BEGIN_BYTES = BEGIN.getBytes(StandardCharsets.US_ASCII);

  private LfsPointer() {}

  /** Whether a text begins like a pointer. */
  public static boolean begins(String text) {
    return text.startsWith(BEGIN);
  }

  /** Whether a file's content begins like a pointer. */
  public static boolean begins(byte[] content) {
    int length = BEGIN_BYTES.length;
    return content.length >= length && Arrays.equals(content, 0, length, BEGIN_BYTES, 0, length);
  }

  /**
   * Rejects a file that is a pointer.
   *
   * @param error makes the exception from its message
   * @throws IOException if the file cannot be read
   */
  public static void refuse(Path file, Function<String, ? extends RuntimeException> error)
      throws IOException {
    try (InputStream input = Files.newInputStream(AtomicFile.given(file))) {
      if (begins(input.readNBytes(BEGIN_BYTES.length))) {
        throw error.apply(file + " must be the file itself, " + FOUND + ".");
      }
    }
  }
}
