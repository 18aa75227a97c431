package io.github.coconut4j.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Takes what libraries print on standard output, which belongs to the command, to another stream.
 * The lines that ND4J prints for each operation while it differentiates a graph are dropped.
 */
final class LibraryOutput extends PrintStream {

  private static final String NOISE = "Added differentiated op";

  /** A stream in front of another. */
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
