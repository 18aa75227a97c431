package io.github.coconut4j.model.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import lombok.extern.slf4j.Slf4j;

/** Writes a file so that its name never stands for half of its content. */
@Slf4j
public final class FileReplacement {

  /** As many as Linux follows. */
  private static final int MAX_LINKS = 40;

  private FileReplacement() {}

  /** Writes the whole content of a file. */
  @FunctionalInterface
  public interface Content {

    /** Writes to the channel, which is empty and is closed by the caller. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes beside the target, flushes to the disk, then moves onto the target in one step. Missing
   * directories are created. A symbolic link stays, and what it leads to is replaced. If writing
   * fails, an existing target stays as it was.
   *
   * @throws IOException if it cannot be written, or the target is no regular file
   */
  public static void write(Path target, Content content) throws IOException {
    Path absolute = behindLinks(target);
    if (Files.exists(absolute) && !Files.isRegularFile(absolute)) {
      throw new FileSystemException(target.toString(), null, "it is no regular file");
    }
    Path directory = absolute.getParent();
    if (!Files.isDirectory(directory)) { // before Java 20 a link to one would be refused
      Files.createDirectories(directory);
    }
    Path beside =
        directory.resolve("." + absolute.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(beside, absolute, StandardCopyOption.ATOMIC_MOVE);
      sync(directory);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private static Path behindLinks(Path target) throws IOException {
    Path path = target.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(path); links++) {
      if (links == MAX_LINKS) {
        throw new FileSystemException(target.toString(), null, "its symbolic links have no end");
      }
      path = path.resolveSibling(Files.readSymbolicLink(path));
    }
    return path;
  }

  /** A file's new name survives a loss of power only once its directory is on the disk. */
  private static void sync(Path directory) {
    if (!directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return; // Windows opens no directory
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Network and user-space file systems refuse it; the file is in place and whole.
      log.debug("The entries of {} could not be synchronised: {}", directory, e.toString());
    }
  }
}
