package io.github.coconut4j.data.reader;

import io.github.coconut4j.data.InvalidProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import lombok.RequiredArgsConstructor;

/** Reads the lines of a text as bytes; each ends with LF, CR LF or CR. */
@RequiredArgsConstructor
final class LineReader {

  /**
   * Limit for input without line ends (a device, a file with other content), which must not fill
   * the memory.
   */
  private static final int MAX_BYTES = 1 << 24;

  private final InputStream input;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long position;
  private long offset;
  private int number;
  private int end;

  /** Goes to the next line, if there is one. */
  boolean next() throws IOException {
    line.reset();
    offset = position;
    number++;
    int next = read();
    if (next == '\n' && end == '\r') { // of the CR LF that ended the previous line
      offset = position;
      next = read();
    }
    while (next >= 0 && next != '\n' && next != '\r') {
      requireRoom();
      line.write(next);
      next = read();
    }
    end = next;
    return next >= 0 || line.size() > 0;
  }

  private int read() throws IOException {
    position++;
    return input.read();
  }

  private void requireRoom() {
    if (line.size() == MAX_BYTES) {
      throw new InvalidProblemException(
          "a line must have at most "
              + MAX_BYTES
              + " bytes, found more; choose a text with a problem on each line");
    }
  }

  /** The line without its end. */
  byte[] bytes() {
    return line.toByteArray();
  }

  /** Offset of the line, in bytes. */
  long offset() {
    return offset;
  }

  /** Number of the line, from 1. */
  int number() {
    return number;
  }
}
