package io.github.coconut4j.data.reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a file of problems in any of the forms this package knows. The form is told from how the
 * file begins:
 *
 * <ul>
 *   <li>{@code [}: a JSON array ({@link ProblemJson});
 *   <li><code>{</code> followed by an object's key whose value is an object: ProntoQA's raw file
 *       ({@link ProntoQaJson});
 *   <li><code>{</code> otherwise: GSM8K's JSON lines ({@link Gsm8kJsonLines});
 *   <li>anything else: GSM8K's augmented text ({@link Gsm8kText}).
 * </ul>
 */
public final class ProblemFile {

  private static final JsonFactory FACTORY = new JsonFactory();

  private ProblemFile() {}

  /**
   * Reads every problem of a file.
   *
   * @throws InvalidProblemException if the file has none of the forms
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads at most the first {@code limit} problems of a file.
   *
   * @throws InvalidProblemException if the file has none of the forms
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    return switch (form(file)) {
      case ARRAY -> ProblemJson.read(file, limit);
      case PRONTOQA -> ProntoQaJson.read(file, limit);
      case JSON_LINES -> Gsm8kJsonLines.read(file, limit);
      case TEXT -> Gsm8kText.read(file, limit);
    };
  }

  /**
   * Every problem of a file, all checked now. Those of an array or of lines are read again when
   * they are asked for, so that memory is needed for their places alone.
   *
   * @throws InvalidProblemException if the file has none of the forms
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> index(Path file) throws IOException {
    return switch (form(file)) {
      case ARRAY -> ProblemJson.index(file);
      case PRONTOQA -> ProntoQaJson.read(file, Integer.MAX_VALUE);
      case JSON_LINES -> Gsm8kJsonLines.lines(file).index();
      case TEXT -> Gsm8kText.lines(file).index();
    };
  }

  private enum Form {
    ARRAY,
    PRONTOQA,
    JSON_LINES,
    TEXT
  }

  private static Form form(Path file) throws IOException {
    try (JsonParser parser = FACTORY.createParser(file.toFile())) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT) {
        parser.nextToken();
        return parser.nextToken() == JsonToken.START_OBJECT ? Form.PRONTOQA : Form.JSON_LINES;
      }
      // An empty file is an array that is missing: its reader says so.
      return first == JsonToken.START_ARRAY || first == null ? Form.ARRAY : Form.TEXT;
    } catch (JsonProcessingException e) {
      // Text that is no JSON is told by its failing to parse; the reader of the form reports what
      // it lacks.
      return Form.TEXT;
    }
  }
}
