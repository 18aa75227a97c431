package io.github.coconut4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The 300 published validation problems of ProsQA. */
public final class PublishedProblems {

  private static final String RESOURCE = "/prosqa/prosqa_valid.json";

  private PublishedProblems() {}

  public static List<ReasoningProblem> read() throws IOException {
    try (InputStream input = PublishedProblems.class.getResourceAsStream(RESOURCE)) {
      return ProblemJson.read(input, RESOURCE, Integer.MAX_VALUE);
    }
  }
}
