package io.github.coconut4j.files;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a file beside its target and then moves it there, so that no reader sees it half-written.
 * Content and name are on the disk when a call returns.
 */
public final class AtomicFile {

  /** Number of links that Linux follows. */
  private static final int MAX_LINKS = 40;

  /** The path as the user gave it. */
  private final Path named;

  /** The path after following all symbolic links. */
  private final Path path;

  /**
   * Whether it is a regular file or does not exist yet, and is not a device, a pipe or an open
   * file.
   */
  private final boolean isReplaceable;

  private AtomicFile(Path named) throws IOException {
    this.named = named;
    this.path = followLinks(named);
    if (Files.isDirectory(path)) {
      throw refused(named, "it is a directory where a file is needed");
    }
    boolean isSpecial = Files.exists(path) && !Files.isRegularFile(path);
    this.isReplaceable = !isSpecial && !isOpenFile(path);
  }

  /** Produces a file's content. */
  @FunctionalInterface
  public interface Content {

    /** Writes the whole content; closing {@code output} is allowed but not needed. */
    void writeTo(OutputStream output) throws IOException;
  }

  /**
   * Replaces {@code file} by the given content; missing folders above it are created. On failure
   * the existing file is unchanged. Its permissions are kept. A symbolic link stays, and its target
   * is replaced; a device, a pipe or an open file such as {@code /dev/stdout} is written to.
   *
   * @throws IOException if the content cannot be produced or the file cannot be written
   */
  public static void write(Path file, Content content) throws IOException {
    new AtomicFile(file).put(content);
  }

  /** Replaces {@code file} by bytes as {@link #write(Path, Content)} does. */
  public static void write(Path file, byte[] content) throws IOException {
    write(file, output -> output.write(content));
  }

  /** Replaces {@code file} by text in UTF-8 as {@link #write(Path, Content)} does. */
  public static void write(Path file, String content) throws IOException {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Replaces {@code file} as {@link #write(Path, Content)} does, but rejects a device, a pipe and
   * an open file. For content that is read again.
   *
   * @throws IOException if the content cannot be produced, the file cannot be written or is not a
   *     regular file
   */
  public static void replace(Path file, Content content) throws IOException {
    AtomicFile target = new AtomicFile(file);
    if (!target.isReplaceable) {
      throw refused(file, "it is no regular file");
    }
    target.put(content);
  }

  /**
   * Rejects a file that {@link #write} could not write, before work is done whose result would be
   * lost.
   *
   * @throws IOException if it is a directory, or is not writable
   */
  public static void requireWritable(Path file) throws IOException {
    new AtomicFile(file).requireWritable();
  }

  /**
   * The absolute path after following all symbolic links, even if nothing exists there; the path
   * itself if it is not a link. Links to open files ({@code /dev/stdout}) are followed to the last
   * one, whose target need not be a path.
   *
   * @throws IOException if a link cannot be read, or they form a cycle
   */
  static Path followLinks(Path path) throws IOException {
    Path place = given(path).toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(place) && !isOpenFile(place); links++) {
      if (links == MAX_LINKS) {
        throw refused(path, "its symbolic links have no end");
      }
      place = place.resolveSibling(Files.readSymbolicLink(place));
    }
    return place;
  }

  /** Rejects null for a path. */
  static Path given(Path path) {
    if (path == null) {
      throw new IllegalArgumentException(
          "A path to read or write must be given, but is null. Name one.");
    }
    return path;
  }

  /** Linux shows the open files of a process as links in /proc. */
  private static boolean isOpenFile(Path place) throws IOException {
    Path folder = place.getParent();
    return folder != null && Files.exists(folder) && folder.toRealPath().startsWith("/proc");
  }

  private void put(Content content) throws IOException {
    try {
      if (isReplaceable) {
        AtomicDirectory.create(path.getParent());
        requireWritable();
        replace(content);
      } else {
        append(content);
      }
    } catch (IOException e) {
      throw e.getClass() == IOException.class ? named(e) : e;
    }
  }

  private void replace(Content content) throws IOException {
    try (TemporaryFile beside = TemporaryFile.beside(path)) {
      content.writeTo(beside.output());
      beside.replaceTarget();
    }
  }

  /** Appends to an open file; pipes and devices support nothing else. */
  private void append(Content content) throws IOException {
    try (OutputStream output =
        new BufferedOutputStream(new FileOutputStream(path.toFile(), true))) {
      content.writeTo(output);
    }
  }

  private void requireWritable() throws IOException {
    if (Files.exists(path)) {
      requireWritableThere(path);
    }
    if (isReplaceable) {
      Path folder = path.getParent();
      while (!Files.exists(folder)) {
        folder = folder.getParent();
      }
      if (!Files.isDirectory(folder)) {
        throw new FileAlreadyExistsException(folder.toString());
      }
      requireWritableThere(folder);
    }
  }

  static void requireWritableThere(Path existing) throws IOException {
    if (!Files.isWritable(existing)) {
      throw new AccessDeniedException(existing.toString());
    }
  }

  /** The system's own errors ("No space left on device") do not name the file. */
  private IOException named(IOException error) {
    IOException of = new FileSystemException(named.toString(), null, error.getMessage());
    of.initCause(error);
    return of;
  }

  private static IOException refused(Path file, String reason) {
    return new UnusablePathException(file, reason);
  }
}
