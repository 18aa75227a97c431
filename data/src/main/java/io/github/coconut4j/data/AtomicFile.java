package io.github.coconut4j.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

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
    Path beside = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      try (OutputStream output = new BufferedOutputStream(Files.newOutputStream(beside))) {
        content.writeTo(output);
      }
      flushToDisk(beside);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** Replaces {@code file} by bytes as {@link #write(Path, Content)} does. */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, output -> output.write(content));
  }

  /** Replaces {@code file} by text in UTF-8 as {@link #write(Path, Content)} does. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** After a loss of power a name must not stand for content that never reached the disk. */
  private static void flushToDisk(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
