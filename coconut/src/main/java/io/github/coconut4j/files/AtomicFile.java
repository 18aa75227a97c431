package io.github.coconut4j.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Writes a file beside its place and moves it there, so that no reader meets half of it. */
public final class AtomicFile {

  private AtomicFile() {}

  /**
   * Writes or replaces a file; its directory is made where it is missing.
   *
   * @throws IOException if the directory cannot be written; what was there before stays
   */
  public static void write(Path file, byte[] content) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    // Not a temporary file, which would be readable by its owner alone after the move.
    Path partial =
        directory.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".partial");
    try {
      Files.write(partial, content);
      Durable.sync(partial);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /** Writes or replaces a text file in UTF-8. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }
}
