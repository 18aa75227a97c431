package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoppingEarlyTest {

  /** One evaluation that is the best, and the condition's two that are no better. */
  @Test
  void stopsAfterThreeEvaluations(@TempDir Path directory) throws IOException {
    String output = output(directory.toString());

    assertTrue(output.endsWith("stopped after 6 updates\n"), output);
  }

  private static String output(String... args) throws IOException {
    PrintStream console = System.out;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      StoppingEarly.main(args);
    } finally {
      System.setOut(console);
    }
    return written.toString(StandardCharsets.UTF_8);
  }
}
