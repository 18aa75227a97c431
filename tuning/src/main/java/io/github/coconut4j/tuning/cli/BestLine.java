package io.github.coconut4j.tuning.cli;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.Map;

/**
 * The best candidate in the output of {@code --json}.
 *
 * @param candidate its number
 * @param parameters the searched keys and their values
 * @param score its score
 */
@JsonPropertyOrder({"candidate", "parameters", "score"})
record BestLine(int candidate, Map<String, Object> parameters, double score) {

  static BestLine of(CandidateRecord best) {
    return new BestLine(best.getCandidate(), best.getParameters(), best.getScore());
  }
}
