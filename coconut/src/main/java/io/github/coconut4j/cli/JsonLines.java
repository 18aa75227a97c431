package io.github.coconut4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Prints one JSON object a line. */
public final class JsonLines {

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PrintWriter output;

  /** Lines on an output of the command line. */
  public JsonLines(PrintWriter output) {
    this.output = output;
  }

  /** Prints an object, its fields in snake case, and flushes. */
  public void print(Object object) {
    try {
      output.println(JSON.writeValueAsString(object));
      output.flush();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
