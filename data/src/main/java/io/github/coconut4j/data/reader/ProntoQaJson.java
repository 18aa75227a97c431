package io.github.coconut4j.data.reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.JsonFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The raw file that ProntoQA's generator writes (Saparov and He, arXiv 2210.01240), for example
 * {@code 5hop_0shot_random.json}: <code> {"example1": {"test_example": {"question": …, "query": …,
 * "chain_of_thought": […], "answer": "True"}}, …}</code>.
 *
 * <p>As in the published implementation the query follows the question, and two sentences of the
 * chain, a rule's premise and the rule, make one step: 6 steps for 5 hops.
 */
public final class ProntoQaJson {

  /** Rejects keys that occur twice, of which all but the last would be lost. */
  private static final JsonMapper MAPPER =
      new JsonMapper(
          JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private static final int SENTENCES_PER_STEP = 2;

  private ProntoQaJson() {}

  /**
   * Reads at most the first {@code limit} problems of a file.
   *
   * @throws InvalidProblemException if the file has another format, naming the example
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      return read(input, file.toString(), limit);
    }
  }

  /**
   * Reads at most the first {@code limit} problems; {@code source} is the name of the input in
   * errors.
   */
  static List<ReasoningProblem> read(InputStream input, String source, int limit)
      throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>();
    String example = "";
    try (JsonParser parser = MAPPER.createParser(input)) {
      JsonToken first = parser.nextToken();
      require(first == JsonToken.START_OBJECT, "the file", "an object of examples", first);
      while (problems.size() < limit && parser.nextToken() == JsonToken.FIELD_NAME) {
        example =
            ", line " + parser.currentTokenLocation().getLineNr() + ", " + parser.currentName();
        parser.nextToken();
        problems.add(problem(MAPPER.<JsonNode>readTree(parser).path("test_example")));
      }
      if (problems.size() < limit && parser.nextToken() != null) {
        example = "";
        throw new InvalidProblemException(
            "the file must hold one object of examples, found more after it; merge the objects");
      }
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(source + example + ": " + e.getMessage(), e);
    } catch (JsonProcessingException e) {
      throw new InvalidProblemException(
          source
              + example
              + " must be valid JSON, found: "
              + JsonFault.described(e.getOriginalMessage())
              + "; repair it",
          e);
    }
    return problems;
  }

  /**
   * Joins the sentences of a chain to steps of two; if their number is odd, the conclusion is a
   * step of its own. Blank sentences are ignored.
   */
  public static List<String> steps(List<String> chain) {
    List<String> sentences = chain.stream().filter(sentence -> !sentence.isBlank()).toList();
    List<String> steps = new ArrayList<>();
    for (int i = 0; i < sentences.size(); i += SENTENCES_PER_STEP) {
      int end = Math.min(i + SENTENCES_PER_STEP, sentences.size());
      steps.add(String.join(" ", sentences.subList(i, end)));
    }
    return steps;
  }

  private static ReasoningProblem problem(JsonNode example) {
    require(
        example.isObject(), "test_example", "an object with question, query and answer", example);
    JsonNode chain = example.path("chain_of_thought");
    require(chain.isArray(), "chain_of_thought", "a list of sentences", chain);
    List<String> sentences = new ArrayList<>();
    for (JsonNode sentence : chain) {
      sentences.add(text(sentence, "a sentence of chain_of_thought"));
    }
    return ReasoningProblem.builder()
        .question(
            text(example.path("question"), "question") + " " + text(example.path("query"), "query"))
        .steps(steps(sentences))
        .answer(text(example.path("answer"), "answer"))
        .build();
  }

  private static String text(JsonNode value, String subject) {
    require(value.isTextual(), subject, "a text", value);
    return value.textValue();
  }

  private static void require(boolean condition, String subject, String needed, Object found) {
    if (!condition) {
      boolean none = found == null || (found instanceof JsonNode node && node.isMissingNode());
      throw new InvalidProblemException(
          "%s must be %s, found %s; take ProntoQA's file unchanged"
              .formatted(subject, needed, none ? "none" : found));
    }
  }
}
