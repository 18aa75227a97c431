package io.github.coconut4j.data.reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.JsonFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * GSM8K as first published (Cobbe et al., arXiv 2110.14168): each line is <code> {"question": …,
 * "answer": "sentence\nsentence\n#### 72"}</code>. Each sentence is a step, without the
 * calculator's annotations ({@code <<48/2=24>>}), which repeat the sentence. Lines with {@code
 * steps} are read like the objects of the array in {@link ProblemJson}.
 */
final class Gsm8kJsonLines {

  /** Rejects keys that occur twice, as the array's reader does. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern ANNOTATION = Pattern.compile("<<[^<>]*>>");
  private static final String ANSWER_MARK = "####";

  private Gsm8kJsonLines() {}

  /**
   * Reads at most the first {@code limit} problems of a file.
   *
   * @throws InvalidProblemException if a line has another format, naming the line
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    return lines().read(file, limit);
  }

  /** The reader of such lines, and of problems as in the array. */
  static ProblemLines lines() {
    return new ProblemLines(Gsm8kJsonLines::parse);
  }

  private static ReasoningProblem parse(String line) {
    JsonNode json = tree(line);
    if (json.has("steps")) {
      return ProblemJson.parse(line);
    }
    String solution = text(json, "answer");
    int mark = solution.lastIndexOf(ANSWER_MARK);
    if (mark < 0) {
      throw new InvalidProblemException(
          "answer must end with '#### ' and the result where there are no steps, found none; give"
              + " the problem its \"steps\", or take the file of GSM8K unchanged");
    }
    return ReasoningProblem.builder()
        .question(text(json, "question"))
        .steps(
            solution
                .substring(0, mark)
                .lines()
                .map(step -> ANNOTATION.matcher(step).replaceAll("").strip())
                .filter(step -> !step.isEmpty())
                .toList())
        .answer(solution.substring(mark + ANSWER_MARK.length()).strip())
        .build();
  }

  private static JsonNode tree(String line) {
    try {
      return MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new InvalidProblemException(
          "a problem must be a JSON object on a line of its own, found: "
              + JsonFault.described(e.getOriginalMessage())
              + "; repair the line, or enclose all problems in [ and ] with commas between them",
          e);
    }
  }

  private static String text(JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isTextual()) {
      throw new InvalidProblemException(
          key
              + " must be a text, found "
              + (value.isMissingNode() ? "none" : value.getNodeType())
              + "; write {\"question\": …, \"steps\": […], \"answer\": …}, or take the file of GSM8K"
              + " unchanged");
    }
    return value.textValue();
  }
}
