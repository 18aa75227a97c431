package io.github.coconut4j.data.reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.coconut4j.data.InputFile;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.ByteArrayInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Reads a file of problems in any format of this package. The format is detected from the beginning
 * of the file, not from its name:
 *
 * <ul>
 *   <li>{@code [}: a JSON array ({@link ProblemJson});
 *   <li><code>{</code> of an object whose values are objects: ProntoQA's raw file ({@link
 *       ProntoQaJson});
 *   <li><code>{</code> otherwise: a problem on each line, with {@code steps} as in the array, or as
 *       in GSM8K ({@link Gsm8kJsonLines});
 *   <li>anything else: GSM8K's augmented text ({@link Gsm8kText}).
 * </ul>
 *
 * <p>The content of a pipe is read once and held in memory.
 */
public final class ProblemFile {

  private static final JsonFactory FACTORY = new JsonFactory();

  private static final Set<String> KEYS_OF_A_PROBLEM = Set.of("question", "steps", "answer");

  private ProblemFile() {}

  /**
   * Reads every problem of a file.
   *
   * @throws InvalidProblemException if there is no such file, or it has none of the formats
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads at most the first {@code limit} problems of a file.
   *
   * @throws InvalidProblemException if there is no such file, or it has none of the formats
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    InputFile input = readable(file);
    if (input.isPipe()) {
      byte[] content = input.content();
      Form form = form(new ByteArrayInputStream(content));
      return read(form, new ByteArrayInputStream(content), file.toString(), limit);
    }
    Form form = form(file);
    try (InputStream stream = Files.newInputStream(file)) {
      return read(form, stream, file.toString(), limit);
    }
  }

  private static List<ReasoningProblem> read(Form form, InputStream input, String source, int limit)
      throws IOException {
    return switch (form) {
      case ARRAY -> ProblemJson.read(input, source, limit);
      case PRONTOQA -> ProntoQaJson.read(input, source, limit);
      case JSON_LINES -> Gsm8kJsonLines.lines().read(input, source, limit);
      case TEXT -> Gsm8kText.lines().read(input, source, limit);
    };
  }

  /**
   * Every problem of a file, all checked now. Problems of an array or of lines are read again on
   * access, so that memory is needed only for their offsets.
   *
   * @throws InvalidProblemException if there is no such file, or it has none of the formats
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> index(Path file) throws IOException {
    if (readable(file).isPipe()) {
      return read(file);
    }
    return switch (form(file)) {
      case ARRAY -> ProblemJson.index(file);
      case PRONTOQA -> ProntoQaJson.read(file, Integer.MAX_VALUE);
      case JSON_LINES -> Gsm8kJsonLines.lines().index(file);
      case TEXT -> Gsm8kText.lines().index(file);
    };
  }

  private static InputFile readable(Path file) throws IOException {
    InputFile input = InputFile.of(file);
    if (input.isRegular() || input.isPipe()) {
      return input;
    }
    throw new InvalidProblemException(
        "The data file "
            + file
            + " needs to be a file or a pipe but "
            + input.description()
            + ". Check the path, or make one with the command generate-data.");
  }

  private enum Form {
    ARRAY,
    PRONTOQA,
    JSON_LINES,
    TEXT
  }

  private static Form form(Path file) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      return form(input);
    }
  }

  private static Form form(InputStream input) throws IOException {
    try (JsonParser parser = FACTORY.createParser(input)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT && parser.nextToken() != null) {
        return formOfObject(parser);
      }
      // An empty file lacks its array, which the array's reader reports.
      return first == JsonToken.START_ARRAY || first == null ? Form.ARRAY : Form.TEXT;
    } catch (JsonProcessingException | CharConversionException e) {
      // Text that is not JSON fails to parse; then the reader of the format reports the error.
      return Form.TEXT;
    }
  }

  /**
   * The parser is at the first key of an object; if the object is malformed, what was read so far
   * decides.
   */
  private static Form formOfObject(JsonParser parser) throws IOException {
    boolean hasObjects = false;
    boolean hasOthers = false;
    try {
      for (; parser.currentToken() == JsonToken.FIELD_NAME; parser.nextToken()) {
        if (KEYS_OF_A_PROBLEM.contains(parser.currentName())) {
          return Form.JSON_LINES;
        }
        boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
        hasObjects |= isObject;
        hasOthers |= !isObject;
        if (isObject && isExample(parser)) {
          return Form.PRONTOQA;
        }
        parser.skipChildren();
      }
    } catch (JsonProcessingException e) {
      return hasObjects && !hasOthers ? Form.PRONTOQA : Form.JSON_LINES; // whose reader names it
    }
    return hasObjects && !hasOthers ? Form.PRONTOQA : Form.JSON_LINES;
  }

  /** Whether an object has ProntoQA's key; reads up to the key or to the end of the object. */
  private static boolean isExample(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      if (parser.currentName().equals("test_example")) {
        return true;
      }
      parser.nextToken();
      parser.skipChildren();
    }
    return false;
  }
}
