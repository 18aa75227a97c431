package io.github.coconut4j.files;

import io.github.coconut4j.model.internal.file.FileReplacement;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes a file beside its place and moves it there, so that no reader meets half of it. */
public final class AtomicFile {

  private AtomicFile() {}

  /**
   * Writes or replaces a file; its directory is made where it is missing.
   *
   * @throws IOException if the directory cannot be written; what was there before stays
   */
  public static void write(Path file, byte[] content) throws IOException {
    FileReplacement.write(file, channel -> Channels.newOutputStream(channel).write(content));
  }

  /** Writes or replaces a text file in UTF-8. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }
}
