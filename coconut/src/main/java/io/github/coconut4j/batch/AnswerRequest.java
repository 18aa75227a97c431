package io.github.coconut4j.batch;

import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.model.internal.Arguments;
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

  /** Far below the longest time that nanoseconds can count. */
  private static final Duration MOST_DEADLINE = Duration.ofDays(365);

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

  /**
   * Checks a deadline that requests will have.
   *
   * @throws IllegalArgumentException if it is null, not above 0, or longer than a year
   */
  public static Duration requireDeadline(Duration deadline) {
    Arguments.requireNonNull(deadline, "deadline", "Take DEFAULT_DEADLINE.");
    if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(MOST_DEADLINE) > 0) {
      throw new IllegalArgumentException(
          "A deadline needs to be above 0 and at most a year but is " + deadline + ". Change it.");
    }
    return deadline;
  }

  /** Builds valid requests. */
  public static class AnswerRequestBuilder {

    /**
     * Builds the request.
     *
     * @throws IllegalArgumentException if the question is blank, a stop empty, the deadline not
     *     above 0 or longer than a year, or one of them null
     */
    public AnswerRequest build() {
      AnswerRequest request = assemble();
      if (request.question == null || request.question.isBlank()) {
        throw new IllegalArgumentException("A question needs words but has none. Ask one.");
      }
      Arguments.requireNonNull(request.options, "options", "Take GenerationOptions.DEFAULT.");
      if (request.stops.contains("") || request.stops.contains(null)) {
        throw new IllegalArgumentException(
            "A text that stops an answer needs to be there but is empty or null. Leave it out.");
      }
      requireDeadline(request.deadline);
      return request;
    }
  }
}
