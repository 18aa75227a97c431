package io.github.coconut4j.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Whether a file exists. Unlike {@link Files#exists} this fails if it cannot be determined, and if
 * a symbolic link leads nowhere: an optional file must not be ignored because it cannot be read.
 */
public final class Presence {

  private Presence() {}

  /**
   * Whether a path names a file, a directory or anything else.
   *
   * @throws UnusablePathException if it is a symbolic link to a file that does not exist
   * @throws IOException if this cannot be determined, for example for lack of permission
   */
  public static boolean exists(Path path) throws IOException {
    return attributes(path).isPresent();
  }

  /** Whether a path names a regular file; throws as {@link #exists} does. */
  public static boolean isFile(Path path) throws IOException {
    return attributes(path).filter(BasicFileAttributes::isRegularFile).isPresent();
  }

  /** Whether a path names a directory; throws as {@link #exists} does. */
  public static boolean isDirectory(Path path) throws IOException {
    return attributes(path).filter(BasicFileAttributes::isDirectory).isPresent();
  }

  private static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
    try {
      return Optional.of(Files.readAttributes(AtomicFile.given(path), BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      if (Files.isSymbolicLink(path)) {
        throw new UnusablePathException(
            path, "it is a symbolic link to a file that does not exist");
      }
      return Optional.empty();
    } catch (AccessDeniedException e) {
      throw e;
    } catch (FileSystemException e) { // of no class of its own, so asked for in another way
      if (isWithinDirectory(path)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static boolean isWithinDirectory(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    return parent != null && Files.isDirectory(parent);
  }
}
