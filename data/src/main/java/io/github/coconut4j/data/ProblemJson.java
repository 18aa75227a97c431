package io.github.coconut4j.data;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;

/**
 * Reads and writes the data sets of the published implementation: a JSON array of problems. ProsQA
 * problems have their graph in the same object under {@code idx_to_symbol}, {@code edges}, {@code
 * root}, {@code target} and {@code neg_target}.
 *
 * <p>Files are read as a stream, so that content that is not a problem (unknown keys, deep nesting)
 * is never held in memory.
 */
public final class ProblemJson {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private ProblemJson() {}

  /**
   * Reads every problem of a file.
   *
   * @throws InvalidProblemException if the file is not a JSON array of problems, naming the problem
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file) throws IOException {
    return read(file, Integer.MAX_VALUE);
  }

  /**
   * Reads at most the first {@code limit} problems of a file; the rest is not read.
   *
   * @throws InvalidProblemException if what is read is not a JSON array of problems
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> read(Path file, int limit) throws IOException {
    try (InputStream input = opened(file)) {
      return read(input, file.toString(), limit);
    }
  }

  /**
   * Reads at most the first {@code limit} problems; the rest is not read.
   *
   * @param source name of the input in error messages
   * @throws InvalidProblemException if what is read is not a JSON array of problems
   * @throws IOException if the input cannot be read
   */
  public static List<ReasoningProblem> read(InputStream input, String source, int limit)
      throws IOException {
    List<ReasoningProblem> problems = new ArrayList<>();
    scan(input, source, limit, (problem, offset) -> problems.add(problem));
    return problems;
  }

  /**
   * The problems of a file, all checked now and read again on access: memory is needed only for
   * their offsets.
   *
   * @throws InvalidProblemException if the file is not a JSON array of problems, naming the problem
   * @throws IOException if the file cannot be read
   */
  public static List<ReasoningProblem> index(Path file) throws IOException {
    LongStream.Builder offsets = LongStream.builder();
    try (InputStream input = opened(file)) {
      scan(input, file.toString(), Integer.MAX_VALUE, (problem, offset) -> offsets.add(offset));
    }
    offsets.add(Files.size(file));
    long[] places = offsets.build().toArray();
    boolean inUtf8 = places[0] >= 0; // in UTF-16 and UTF-32 Jackson reports no offsets
    return inUtf8 ? new IndexedProblems(file, ProblemJson::parse, places) : read(file);
  }

  private static ReasoningProblem parse(byte[] json) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      return new ProblemParser(parser).parse();
    }
  }

  /**
   * Reads one problem, a JSON object as in the array.
   *
   * @throws InvalidProblemException if it is not such an object
   */
  public static ReasoningProblem parse(String json) {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      ReasoningProblem problem = new ProblemParser(parser).parse();
      if (parser.nextToken() != null) {
        throw new InvalidProblemException(
            "a problem must be one JSON object, found more after it; write it on a line of its own");
      }
      return problem;
    } catch (JsonProcessingException e) {
      throw new InvalidProblemException(
          "a problem must be valid JSON, found: "
              + JsonFault.described(e.getOriginalMessage())
              + "; repair it",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text in memory cannot fail to be read
    }
  }

  /**
   * Reads problems one after the other.
   *
   * @param consumer receives each problem and its offset in bytes, or -1
   */
  private static void scan(
      InputStream input, String source, int limit, ObjLongConsumer<ReasoningProblem> consumer)
      throws IOException {
    int count = 0;
    try (JsonParser parser = FACTORY.createParser(input)) {
      requireArray(parser.nextToken(), source);
      while (count < limit && parser.nextToken() != JsonToken.END_ARRAY) {
        long offset = parser.currentTokenLocation().getByteOffset();
        consumer.accept(readProblem(parser, source, count), offset);
        count++;
      }
      if (count < limit) {
        requireEnd(parser.nextToken(), source);
      }
    } catch (JsonProcessingException e) {
      throw new InvalidProblemException(
          located(source, count)
              + "must be valid JSON, found: "
              + JsonFault.described(e.getOriginalMessage())
              + lineOf(e)
              + "; repair the file there",
          e);
    } catch (CharConversionException e) {
      throw new InvalidProblemException(
          located(source, count)
              + "must be UTF-8 text, found: "
              + e.getMessage()
              + "; convert the file",
          e);
    }
  }

  private static ReasoningProblem readProblem(JsonParser parser, String source, int index)
      throws IOException {
    String place = source + ", line " + parser.currentTokenLocation().getLineNr();
    try {
      return new ProblemParser(parser).parse();
    } catch (InvalidProblemException e) {
      throw new InvalidProblemException(located(place, index) + e.getMessage(), e);
    }
  }

  /**
   * Writes problems as a JSON array, one problem per line. The file is written beside its target
   * and then moved there, so that no reader sees it half-written.
   *
   * @throws IllegalArgumentException if the problems are null, or one of them is
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, List<ReasoningProblem> problems) throws IOException {
    if (problems == null || problems.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "The problems must be given, but are null, or one of them is. Give an empty list for"
              + " none.");
    }
    AtomicFile.write(
        file,
        output -> {
          String separator = "[\n";
          for (ReasoningProblem problem : problems) {
            output.write(separator.getBytes(StandardCharsets.UTF_8));
            writeProblem(output, problem);
            separator = ",\n";
          }
          output.write((problems.isEmpty() ? "[]\n" : "\n]\n").getBytes(StandardCharsets.UTF_8));
        });
  }

  private static InputStream opened(Path file) throws IOException {
    if (file == null) {
      throw new IllegalArgumentException("A file to read must be given, but is null. Name one.");
    }
    return Files.newInputStream(file);
  }

  private static void writeProblem(OutputStream output, ReasoningProblem problem)
      throws IOException {
    try (JsonGenerator json = FACTORY.createGenerator(output, JsonEncoding.UTF8)) {
      writeProblem(json, problem);
    }
  }

  private static void writeProblem(JsonGenerator json, ReasoningProblem problem)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("question", problem.getQuestion());
    json.writeStringField("answer", problem.getAnswer());
    writeTexts(json, "steps", problem.getSteps());
    if (problem.getGraph().isPresent()) {
      writeGraph(json, problem.getGraph().get());
    }
    json.writeEndObject();
  }

  private static void writeGraph(JsonGenerator json, ProblemGraph graph) throws IOException {
    writeTexts(json, "idx_to_symbol", graph.getSymbols());
    json.writeArrayFieldStart("edges");
    for (ProblemGraph.Edge edge : graph.getEdges()) {
      json.writeArray(new int[] {edge.from(), edge.to()}, 0, 2);
    }
    json.writeEndArray();
    json.writeNumberField("root", graph.getRoot());
    json.writeNumberField("target", graph.getTarget());
    json.writeNumberField("neg_target", graph.getNegativeTarget());
  }

  private static void writeTexts(JsonGenerator json, String key, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(key);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static void requireArray(JsonToken first, String source) {
    if (first != JsonToken.START_ARRAY) {
      throw new InvalidProblemException(
          source
              + " must hold a JSON array of problems, found "
              + (first == null
                  ? "an empty file; choose another, or make one with the command generate-data"
                  : first + "; write [ before the first problem and ] after the last"));
    }
  }

  private static void requireEnd(JsonToken next, String source) {
    if (next != null) {
      throw new InvalidProblemException(
          source + " must hold one array of problems, found more after it; merge the arrays");
    }
  }

  private static String located(String source, int index) {
    return source + ", problem " + index + " (counted from 0): ";
  }

  private static String lineOf(JsonProcessingException e) {
    return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
  }
}
