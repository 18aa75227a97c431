package io.github.coconut4j.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the content of a file that is named goes: a symbolic link stays and what it leads to is
 * written.
 *
 * @param path the file at the end of all links
 * @param isReplaceable whether it is a regular file or none yet; a device, a pipe or a file that is
 *     open already (<code>/dev/stdout</code>) is written to as it is
 */
record Destination(Path path, boolean isReplaceable) {

  /**
   * Follows the links.
   *
   * @throws IOException if they lead in a circle or to a directory
   */
  static Destination of(Path file) throws IOException {
    Path place = SymbolicLinks.follow(file);
    if (Files.isDirectory(place)) {
      throw new FileSystemException(
          file.toString(), null, "it is a directory where a file is needed");
    }
    boolean isSpecial = Files.exists(place) && !Files.isRegularFile(place);
    return new Destination(place, !isSpecial && !SymbolicLinks.isOpenFile(place));
  }

  /** Refuses a file that cannot be replaced, before work is done whose result would be lost. */
  void requireWritable() throws IOException {
    if (Files.exists(path)) {
      requireWritable(path);
    }
    if (isReplaceable) {
      Path folder = path.getParent();
      while (!Files.exists(folder)) {
        folder = folder.getParent();
      }
      if (!Files.isDirectory(folder)) {
        throw new FileAlreadyExistsException(folder.toString());
      }
      requireWritable(folder);
    }
  }

  private static void requireWritable(Path existing) throws IOException {
    if (!Files.isWritable(existing)) {
      throw new AccessDeniedException(existing.toString());
    }
  }
}
