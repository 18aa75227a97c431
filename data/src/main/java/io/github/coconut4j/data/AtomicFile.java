package io.github.coconut4j.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes a file beside its place and then moves it there, so that no reader sees it half-written.
 */
public final class AtomicFile {

  private AtomicFile() {}

  /** Produces a file's content. */
  @FunctionalInterface
  public interface Content {

    /** Writes the whole content; closing {@code output} is allowed but not needed. */
    void writeTo(OutputStream output) throws IOException;
  }

  /**
   * Replaces {@code file} by the given content; missing folders above it are created. On failure
   * the file that was there stays as it was.
   *
   * @throws IOException if the content cannot be produced or the file cannot be written
   */
  public static void write(Path file, Content content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path beside = folder.resolve("." + file.getFileName() + "." + ProcessHandle.current().pid());
    try {
      try (OutputStream output = new BufferedOutputStream(Files.newOutputStream(beside))) {
        content.writeTo(output);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
