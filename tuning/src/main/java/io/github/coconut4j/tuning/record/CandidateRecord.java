package io.github.coconut4j.tuning.record;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** What is known of a candidate: a line of {@code results.jsonl}. */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
public class CandidateRecord {

  /** Its number, from 0, in the order of the proposals. */
  int candidate;

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

  /** Updates done, or null if it has no evaluation. */
  Integer updates;

  /** Share of right answers, or null. */
  Double accuracy;

  /** Lower and upper end of the accuracy's 95 % interval, or null. */
  List<Double> accuracyInterval;

  /** Tokens thought or written after the question, on average, or null. */
  Double meanTokens;

  /** Mean cross-entropy of the labelled tokens, in nats, or null. */
  Double loss;

  /** Processors that its training was given, or null where it was not for the search to say. */
  Integer threads;

  /** Scores after each cycle of the curriculum that it was tried for; empty without halving. */
  @Builder.Default List<Double> trials = List.of();

  /** When it ended, as ISO 8601. */
  String finished;

  /** What Arbiter drew for it, each in [0, 1]. */
  double[] values;
}
