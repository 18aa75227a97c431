package io.github.coconut4j.model.safetensors;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that several threads read at any position. It is not a channel, which an interrupt of one
 * thread would close for all.
 */
final class PositionedReader implements AutoCloseable {

  /** Number of bytes that are copied at a time. */
  private static final int CHUNK_BYTES = 1 << 16;

  private final RandomAccessFile file;
  private boolean closed;

  private PositionedReader(RandomAccessFile file) {
    this.file = file;
  }

  static PositionedReader open(Path path) throws IOException {
    try {
      return new PositionedReader(new RandomAccessFile(path.toFile(), "r"));
    } catch (FileNotFoundException e) {
      FileChannel.open(path, StandardOpenOption.READ).close(); // its exception says what is wrong
      throw e;
    }
  }

  synchronized long size() throws IOException {
    return file.length();
  }

  /**
   * Fills a buffer with the bytes from a position on.
   *
   * @return whether the file has so many
   * @throws ClosedChannelException if the file was closed
   */
  synchronized boolean fill(ByteBuffer buffer, long position) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    file.seek(position);
    byte[] chunk = new byte[Math.min(buffer.remaining(), CHUNK_BYTES)];
    while (buffer.hasRemaining()) {
      int count = file.read(chunk, 0, Math.min(buffer.remaining(), chunk.length));
      if (count < 0) {
        return false;
      }
      buffer.put(chunk, 0, count);
    }
    return true;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    file.close();
  }
}
