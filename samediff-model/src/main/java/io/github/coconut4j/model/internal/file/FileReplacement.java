package io.github.coconut4j.model.internal.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that its name never stands for half of its content. */
public final class FileReplacement {

  private FileReplacement() {}

  /** Writes the whole content of a file. */
  @FunctionalInterface
  public interface Content {

    /** Writes to the channel, which is empty and is closed by the caller. */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes beside the target, flushes to the disk, then moves onto the target in one step. Missing
   * directories are created. If writing fails, an existing target stays as it was.
   */
  public static void write(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    Files.createDirectories(absolute.getParent());
    Path beside =
        absolute.resolveSibling(absolute.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(beside, absolute, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
