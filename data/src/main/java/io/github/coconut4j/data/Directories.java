package io.github.coconut4j.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import lombok.extern.slf4j.Slf4j;

/** Makes directories and sees to it that their entries last. */
@Slf4j
public final class Directories {

  private Directories() {}

  /**
   * Makes a directory and those above it where they are missing; a symbolic link to a directory is
   * one.
   *
   * @throws IOException if it cannot be made, or something else has its name
   */
  public static void create(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return; // before Java 20 createDirectories refuses a link to a directory
    }
    if (Files.isSymbolicLink(directory) && Files.notExists(directory)) {
      throw new FileSystemException(
          directory.toString(),
          null,
          "it is a symbolic link to " + Files.readSymbolicLink(directory) + ", which is missing");
    }
    Files.createDirectories(directory);
  }

  /**
   * Writes a directory's entries to the disk: a file's content survives a loss of power once the
   * file is synchronised, its name only once the directory is.
   */
  public static void sync(Path directory) {
    if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return; // Windows opens no directory
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Network and user-space file systems refuse it, and a directory may be written but not
      // read. The file is in place and whole; at worst a loss of power brings back the one before.
      log.debug("The entries of {} could not be synchronised: {}", directory, e.toString());
    }
  }
}
