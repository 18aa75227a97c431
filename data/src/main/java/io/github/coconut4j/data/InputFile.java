package io.github.coconut4j.data;

import io.github.coconut4j.files.UnusablePathException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import lombok.Getter;
import lombok.RequiredArgsConstructor;

/**
 * A file that a user names for input: a regular file, or a pipe ({@code /dev/stdin}, a shell's
 * <code>&lt;(…)</code>, a FIFO), which can be read only once and is held in memory. Directories and
 * devices are not allowed: reading {@code /dev/zero} would never end.
 */
@Getter
@RequiredArgsConstructor(access = lombok.AccessLevel.PRIVATE)
public final class InputFile {

  /** Largest content of a pipe that is held in memory, in bytes. */
  private static final int MAX_PIPE = 1 << 28;

  private static final int FORMAT = 0170000;
  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;

  /** The kind of a path. */
  @RequiredArgsConstructor
  private enum Kind {
    REGULAR("is a file"),
    PIPE("is a pipe"),
    DIRECTORY("is a directory"),
    DEVICE("is a device"),
    MISSING("does not exist"),
    DANGLING("is a symbolic link to a file that does not exist");

    private final String description;
  }

  private final Path path;

  @Getter(lombok.AccessLevel.NONE)
  private final Kind kind;

  /**
   * Determines the kind of a path.
   *
   * @throws IOException if this fails, for example for lack of permission
   */
  public static InputFile of(Path path) throws IOException {
    if (path == null) {
      throw new IllegalArgumentException("A file to read must be given, but is null. Name one.");
    }
    return new InputFile(path, kind(path));
  }

  private static Kind kind(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return Kind.REGULAR;
    }
    if (Files.isDirectory(path)) {
      return Kind.DIRECTORY;
    }
    try {
      path.getFileSystem().provider().checkAccess(path);
      return isPipe(path) ? Kind.PIPE : Kind.DEVICE;
    } catch (NoSuchFileException e) {
      return Files.isSymbolicLink(path) ? Kind.DANGLING : Kind.MISSING;
    }
  }

  private static boolean isPipe(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return false;
    }
    int format = (int) Files.getAttribute(path, "unix:mode") & FORMAT;
    return format == FIFO || format == SOCKET;
  }

  /** Whether it can be read repeatedly. */
  public boolean isRegular() {
    return kind == Kind.REGULAR;
  }

  /** Whether it can be read only once. */
  public boolean isPipe() {
    return kind == Kind.PIPE;
  }

  /** A description, as the rest of a sentence: {@code is a directory}, {@code does not exist}. */
  public String description() {
    return kind.description;
  }

  /**
   * Reads all of it.
   *
   * @throws IOException if it is neither a file nor a pipe, the pipe's content is too large to be
   *     held in memory, or it cannot be read
   */
  public byte[] content() throws IOException {
    if (isRegular()) {
      return Files.readAllBytes(path);
    }
    if (!isPipe()) {
      throw new UnusablePathException(path, "it " + description());
    }
    try (InputStream input = Files.newInputStream(path)) {
      byte[] content = input.readNBytes(MAX_PIPE);
      if (input.read() >= 0) {
        throw new UnusablePathException(
            path,
            "more than " + (MAX_PIPE >> 20) + " MiB come out of the pipe; write them to a file");
      }
      return content;
    }
  }
}
