package io.github.coconut4j.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Objects as JSON, one per line, with fields in snake case. */
public final class JsonLines {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final PrintWriter output;

  /** Prints lines on an output of the command line. */
  public JsonLines(PrintWriter output) {
    this.output = output;
  }

  /** Prints an object as a line and flushes. */
  public void print(Object object) {
    output.print(line(object));
    output.flush();
  }

  /** An object as a line, including its end, which is {@code \n} on every system. */
  public static String line(Object object) {
    try {
      return JSON.writeValueAsString(object) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of a text that are not blank, not parsed yet. */
  public static List<Line> of(String text) {
    List<Line> lines = new ArrayList<>();
    int number = 1;
    for (String line : text.lines().toList()) {
      if (!line.isBlank()) {
        lines.add(new Line(number, line));
      }
      number++;
    }
    return lines;
  }

  /**
   * A line that was read.
   *
   * @param number line number in the file, from 1
   * @param text content of the line
   */
  public record Line(int number, String text) {

    /**
     * The line's object; null if the line is {@code null}.
     *
     * @throws JsonProcessingException if the line is not one JSON value, or does not fit the type
     */
    public <T> T as(Class<T> type) throws JsonProcessingException {
      return JSON.readValue(text, type);
    }

    /**
     * The line's JSON value.
     *
     * @throws JsonProcessingException if the line is not one JSON value
     */
    public JsonNode tree() throws JsonProcessingException {
      return JSON.readTree(text);
    }
  }
}
