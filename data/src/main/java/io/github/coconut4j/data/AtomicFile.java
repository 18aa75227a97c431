package io.github.coconut4j.data;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

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
   * the file that was there stays as it was. A symbolic link stays, and what it leads to is
   * replaced; a device, a pipe or an open file such as {@code /dev/stdout} is written to.
   *
   * @throws IOException if the content cannot be produced or the file cannot be written
   */
  public static void write(Path file, Content content) throws IOException {
    Destination destination = Destination.of(file);
    try {
      if (destination.isReplaceable()) {
        Directories.create(destination.path().getParent());
        destination.requireWritable();
        replace(destination.path(), content);
      } else {
        append(destination.path(), content);
      }
    } catch (IOException e) {
      throw e.getClass() == IOException.class ? named(file, e) : e;
    }
  }

  /**
   * Refuses a file that {@link #write} could not write, before work is done whose result would be
   * lost.
   *
   * @throws IOException if it is a directory, or is not to be written to
   */
  public static void requireWritable(Path file) throws IOException {
    Destination.of(file).requireWritable();
  }

  private static void replace(Path file, Content content) throws IOException {
    try (TemporaryFile beside = TemporaryFile.beside(file)) {
      content.writeTo(beside.output());
      beside.replaceTarget();
    }
  }

  /** Behind what an open file has already; pipes and devices know no other way. */
  private static void append(Path file, Content content) throws IOException {
    try (OutputStream output =
        new BufferedOutputStream(new FileOutputStream(file.toFile(), true))) {
      content.writeTo(output);
    }
  }

  /** The system's own errors ("No space left on device") do not say of which file. */
  private static IOException named(Path file, IOException error) {
    IOException named = new FileSystemException(file.toString(), null, error.getMessage());
    named.initCause(error);
    return named;
  }

  /** Replaces {@code file} by bytes as {@link #write(Path, Content)} does. */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, output -> output.write(content));
  }

  /** Replaces {@code file} by text in UTF-8 as {@link #write(Path, Content)} does. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }
}
