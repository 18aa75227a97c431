package io.github.coconut4j.tuning.record;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** The record of a candidate: a line of {@code results.jsonl}. */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class CandidateRecord {

  /** Its number, from 0, in the order of the proposals. */
  @Builder.Default int candidate = -1;

  /** The searched keys and their values. */
  Map<String, Object> parameters;

  /** Its score, or null if it has none. */
  Double score;

  /** How it ended. */
  CandidateOutcome status;

  /** Why it has no score, or null. */
  String cause;

  /** Wall-clock time of its training and evaluation, in seconds. */
  double seconds;

  /** Number of updates done, or null if it has no evaluation. */
  Integer updates;

  /** Share of correct answers, or null. */
  Double accuracy;

  /** Lower and upper end of the accuracy's 95 % interval, or null. */
  List<Double> accuracyInterval;

  /** Mean number of thoughts and generated tokens after the question, or null. */
  Double meanTokens;

  /** Mean cross-entropy of the labelled tokens, in nats, or null. */
  Double loss;

  /** Number of threads of its training, or null if the search does not set it. */
  Integer threads;

  /** Scores after each cycle of the curriculum; empty without halving. */
  @Builder.Default List<Double> trials = List.of();

  /** When it ended, as ISO 8601. */
  String finished;

  /** Values that Arbiter proposed for it, each in [0, 1]. */
  double[] values;

  /** Describes what is missing or contradictory in a record read from a file, or null. */
  String fault() {
    if (candidate < 0 || parameters == null || status == null || values == null) {
      return "`candidate` (from 0), `parameters`, `status` and `values` must be there";
    }
    if (!isTime(finished)) {
      return "`finished` must be a time such as 2026-01-01T00:00:00Z but is " + finished;
    }
    boolean ended = status == CandidateOutcome.FAILED || status == CandidateOutcome.TIMED_OUT;
    if (score == null ? !ended : !Double.isFinite(score)) {
      return "`score` must be a finite number of a candidate that is " + status.key();
    }
    boolean tried = trials != null && trials.stream().allMatch(CandidateRecord::isFinite);
    return tried ? null : "`trials` must be a list of finite numbers";
  }

  private static boolean isFinite(Double number) {
    return number != null && Double.isFinite(number);
  }

  private static boolean isTime(String text) {
    try {
      return text != null && Instant.parse(text) != null;
    } catch (DateTimeParseException e) {
      return false;
    }
  }
}
