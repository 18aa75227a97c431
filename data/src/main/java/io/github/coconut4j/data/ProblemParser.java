package io.github.coconut4j.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads one problem from a stream of JSON tokens; types are strict, unknown keys are skipped. */
final class ProblemParser {

  private static final Set<String> GRAPH_KEYS =
      new LinkedHashSet<>(List.of("idx_to_symbol", "edges", "root", "target", "neg_target"));

  private final JsonParser parser;
  private final ReasoningProblem.ReasoningProblemBuilder problem = ReasoningProblem.builder();
  private final ProblemGraph.ProblemGraphBuilder graph = ProblemGraph.builder();
  private final Set<String> missingGraphKeys = new LinkedHashSet<>(GRAPH_KEYS);

  /** Creates a parser positioned at the first token of a problem. */
  ProblemParser(JsonParser parser) {
    this.parser = parser;
  }

  ReasoningProblem parse() throws IOException {
    require(JsonToken.START_OBJECT, "a problem", "an object {\"question\": …}");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      parseField(key);
    }
    if (missingGraphKeys.isEmpty()) {
      problem.graph(graph.build());
    } else if (missingGraphKeys.size() < GRAPH_KEYS.size()) {
      throw new InvalidProblemException(
          "a problem with a graph needs the keys "
              + GRAPH_KEYS
              + ", found it without "
              + missingGraphKeys
              + "; add what is missing or remove all of them");
    }
    return problem.build();
  }

  private void parseField(String key) throws IOException {
    missingGraphKeys.remove(key);
    switch (key) {
      case "question" -> problem.question(text(key));
      case "steps" -> problem.steps(steps(key));
      case "answer" -> problem.answer(text(key));
      case "idx_to_symbol" -> graph.symbols(texts(key));
      case "edges" -> graph.edges(edges());
      case "root" -> graph.root(integer(key));
      case "target" -> graph.target(integer(key));
      case "neg_target" -> graph.negativeTarget(integer(key));
      default -> parser.skipChildren();
    }
  }

  /** Null, which tables write for a missing value, is not a step. */
  private List<String> steps(String key) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return List.of();
    }
    require(JsonToken.START_ARRAY, key, "a list of texts");
    List<String> steps = new ArrayList<>();
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      if (parser.currentToken() != JsonToken.VALUE_NULL) {
        steps.add(text(key + "[" + i + "]"));
      }
    }
    return steps;
  }

  private List<String> texts(String key) throws IOException {
    require(JsonToken.START_ARRAY, key, "a list of texts");
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      texts.add(text(key + "[" + texts.size() + "]"));
    }
    return texts;
  }

  private List<ProblemGraph.Edge> edges() throws IOException {
    require(JsonToken.START_ARRAY, "edges", "a list of [from, to]");
    List<ProblemGraph.Edge> edges = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String subject = "edges[" + edges.size() + "]";
      require(JsonToken.START_ARRAY, subject, "a pair [from, to]");
      parser.nextToken();
      int from = integer(subject + "[0]");
      parser.nextToken();
      int to = integer(subject + "[1]");
      parser.nextToken();
      require(JsonToken.END_ARRAY, subject, "a pair [from, to] and no more");
      edges.add(new ProblemGraph.Edge(from, to));
    }
    return edges;
  }

  private String text(String subject) throws IOException {
    require(JsonToken.VALUE_STRING, subject, "a text");
    return parser.getText();
  }

  private int integer(String subject) throws IOException {
    require(JsonToken.VALUE_NUMBER_INT, subject, "a whole number");
    if (parser.getNumberType() != JsonParser.NumberType.INT) {
      throw mismatch(subject, "a whole number below 2147483648");
    }
    return parser.getIntValue();
  }

  private void require(JsonToken expected, String subject, String needed) throws IOException {
    if (parser.currentToken() != expected) {
      throw mismatch(subject, needed);
    }
  }

  private InvalidProblemException mismatch(String subject, String needed) throws IOException {
    JsonToken token = parser.currentToken();
    String found =
        token == null
            ? "the end of the file"
            : switch (token) {
              case START_OBJECT -> "an object";
              case START_ARRAY -> "a list";
              case END_ARRAY, END_OBJECT -> "nothing";
              case VALUE_STRING -> "the text '" + Utf8Text.abbreviated(parser.getText(), 60) + "'";
              default -> Utf8Text.abbreviated(parser.getText(), 60);
            };
    return new InvalidProblemException(
        subject + " must be " + needed + ", found " + found + "; correct the value");
  }
}
