package io.github.coconut4j.tuning.candidate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import lombok.extern.slf4j.Slf4j;

/**
 * The end of a process's standard output. Output is read continuously, because a process blocks if
 * nobody empties its pipe, and native libraries may print any amount.
 */
@Slf4j
final class OutputTail {

  /**
   * Number of bytes kept: enough for a crash report that the Java VM prints because it could not be
   * saved.
   */
  static final int KEPT = 1 << 18;

  /** Time to wait for the end, since child processes may keep the pipe open. */
  private static final long WAIT_SECONDS = 2;

  private final InputStream output;
  private final byte[] ring = new byte[KEPT];
  private long count;
  private final Thread reader = new Thread(this::read, "candidate-output");

  private OutputTail(InputStream output) {
    this.output = output;
  }

  /** Starts reading a process's output. */
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
      log.debug("The pipe was closed with its process", e); // the end of the output
    }
  }

  private synchronized void keep(byte[] block, int length) {
    for (int i = 0; i < length; i++) {
      ring[(int) (count++ % KEPT)] = block[i];
    }
  }

  /** The last text of a process that has ended; invalid bytes become U+FFFD. */
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
