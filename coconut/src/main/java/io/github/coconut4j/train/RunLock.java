package io.github.coconut4j.train;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.files.AtomicDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Prevents a second run in the same directory. The system releases the lock when the process ends
 * in any way.
 */
public final class RunLock implements AutoCloseable {

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Locks a run's directory, and creates it if it is missing.
   *
   * @throws ConfigException if another run holds it
   */
  public static RunLock of(Path directory) throws IOException {
    AtomicDirectory.create(directory);
    FileChannel channel =
        FileChannel.open(
            directory.resolve("run.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!isLocked(channel)) {
        throw new ConfigException(
            "A run needs a directory of its own but another run is writing to "
                + directory
                + ". Wait for it, stop it, or choose another --out.");
      }
      return new RunLock(channel);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by another run of this process
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
