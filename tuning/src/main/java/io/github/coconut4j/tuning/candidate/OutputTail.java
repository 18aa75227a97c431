package io.github.coconut4j.tuning.candidate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import lombok.extern.slf4j.Slf4j;

/**
 * The end of what a process prints on standard output. It is read as it comes, because a process
 * stops where nobody empties its pipe, and native libraries print as much as they like.
 */
@Slf4j
final class OutputTail {

  /**
   * Bytes kept: a crash report that could not be saved, which the Java VM then prints, and more.
   */
  static final int KEPT = 1 << 18;

  /** How long to wait for the end: processes that this one started may hold its pipe open. */
  private static final long WAIT_SECONDS = 2;

  private final InputStream output;
  private final byte[] ring = new byte[KEPT];
  private long count;
  private final Thread reader = new Thread(this::read, "candidate-output");

  private OutputTail(InputStream output) {
    this.output = output;
  }

  /** Begins to read what a process prints. */
  static OutputTail of(Process process) {
    OutputTail tail = new OutputTail(process.getInputStream());
    tail.reader.setDaemon(true);
    tail.reader.start();
    return tail;
  }

  private void read() {
    byte[] block = new byte[8192];
    try {
      for (int read = output.read(block); read >= 0; read = output.read(block)) {
        keep(block, read);
      }
    } catch (IOException e) {
      log.debug("The pipe was closed with its process", e); // which is its end
    }
  }

  private synchronized void keep(byte[] block, int length) {
    for (int i = 0; i < length; i++) {
      ring[(int) (count++ % KEPT)] = block[i];
    }
  }

  /** The last text of a process that has ended; bytes that are no UTF-8 become U+FFFD. */
  String text() throws InterruptedException {
    reader.join(TimeUnit.SECONDS.toMillis(WAIT_SECONDS));
    return kept();
  }

  private synchronized String kept() {
    int length = (int) Math.min(count, KEPT);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = ring[(int) ((count - length + i) % KEPT)];
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
