package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceTest {

  private static final String QUESTION =
      "Bob is a impus. Every impus is a lorpus. Is Bob a lorpus or impus?";

  @Test
  void answersStreamsAndSamples(@TempDir Path directory) throws IOException {
    FirstTraining.main(new String[] {directory.toString()});
    String model = directory.resolve("model").toString();

    String first = output(model, QUESTION, QUESTION);

    String[] lines = first.lines().toArray(String[]::new);
    assertTrue(lines[0].endsWith(" tokens"), lines[0]);
    assertEquals(lines[0], lines[1]);
    assertTrue(lines.length >= 2 + 1 + 5, first);
    assertEquals(first, output(model, QUESTION, QUESTION), "the seed determines the samples");
  }

  private static String output(String... args) throws IOException {
    PrintStream console = System.out;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      Inference.main(args);
    } finally {
      System.setOut(console);
    }
    return written.toString(StandardCharsets.UTF_8);
  }
}
