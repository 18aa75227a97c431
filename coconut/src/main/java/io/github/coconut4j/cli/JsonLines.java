package io.github.coconut4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;

/** Objects as JSON, one a line. */
public final class JsonLines {

  private static final ObjectMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PrintWriter output;

  /** Lines on an output of the command line. */
  public JsonLines(PrintWriter output) {
    this.output = output;
  }

  /** Prints an object as a line and flushes. */
  public void print(Object object) {
    output.println(line(object));
    output.flush();
  }

  /** An object as a line without its end, the fields in snake case. */
  public static String line(Object object) {
    try {
      return JSON.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
