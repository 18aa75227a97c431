package io.github.coconut4j.tuning.cli;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.Map;

/**
 * A candidate in the output of {@code --json}.
 *
 * @param candidate its number
 * @param parameters the searched keys and their values
 * @param score null if it has none
 * @param status completed, failed, timed_out, pruned
 * @param cause why it has no score, or null
 * @param seconds wall-clock time
 * @param updates number of updates done, or null
 */
@JsonPropertyOrder({"candidate", "parameters", "score", "status", "cause", "seconds", "updates"})
record CandidateLine(
    int candidate,
    Map<String, Object> parameters,
    Double score,
    String status,
    String cause,
    double seconds,
    Integer updates) {

  static CandidateLine of(CandidateRecord candidate) {
    return new CandidateLine(
        candidate.getCandidate(),
        candidate.getParameters(),
        candidate.getScore(),
        candidate.getStatus().key(),
        candidate.getCause(),
        candidate.getSeconds(),
        candidate.getUpdates());
  }
}
