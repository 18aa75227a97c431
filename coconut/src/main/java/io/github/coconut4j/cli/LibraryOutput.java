package io.github.coconut4j.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Redirects output of libraries from standard output, which is reserved for the command, to another
 * stream. Lines that ND4J prints for each operation while it differentiates a graph are dropped.
 */
final class LibraryOutput extends PrintStream {

  private static final String NOISE = "Added differentiated op";

  /** Makes a stream that writes to another. */
  LibraryOutput(OutputStream target) {
    super(target, true, StandardCharsets.UTF_8);
  }

  @Override
  public void println(String line) {
    if (line == null || !line.startsWith(NOISE)) {
      super.println(line);
    }
  }
}
