package io.github.coconut4j.batch;

import io.github.coconut4j.generate.GenerationOptions;
import java.time.Duration;
import java.util.List;
import lombok.Builder;
import lombok.Singular;
import lombok.Value;

/** A question with options for its answer. */
@Value
@Builder(buildMethodName = "assemble")
public class AnswerRequest {

  /** The default deadline. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofMinutes(2);

  /** The question, not blank. */
  String question;

  /**
   * Options of generation; {@code latents} is the number of thoughts, null for the model's default.
   */
  @Builder.Default GenerationOptions options = GenerationOptions.DEFAULT;

  /** Stop texts, before which the answer ends; none of them empty. */
  @Singular List<String> stops;

  /** Time within which the answer must be complete, including waiting. */
  @Builder.Default Duration deadline = DEFAULT_DEADLINE;

  /** Builds valid requests. */
  public static class AnswerRequestBuilder {

    /**
     * Builds the request.
     *
     * @throws IllegalArgumentException if the question is blank, a stop empty or the deadline not
     *     above 0
     */
    public AnswerRequest build() {
      AnswerRequest request = assemble();
      if (request.question == null || request.question.isBlank()) {
        throw new IllegalArgumentException("A question needs words but has none. Ask one.");
      }
      if (request.stops.contains("")) {
        throw new IllegalArgumentException(
            "A text that stops an answer needs to be there but is empty. Leave it out.");
      }
      if (request.deadline.isNegative() || request.deadline.isZero()) {
        throw new IllegalArgumentException(
            "A deadline needs to be above 0 but is " + request.deadline + ". Raise it.");
      }
      return request;
    }
  }
}
