package io.github.coconut4j.tuning.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.Comparator;

/** The order of a search's candidates. */
final class SearchOrder {

  private SearchOrder() {}

  /** Whether a search looks for the lowest score. */
  static boolean isMinimizing(String searchYaml) {
    return ConfigFile.parse("search.yaml", searchYaml)
        .take("search")
        .map(section -> section.path("score"))
        .filter(JsonNode::isTextual)
        .filter(score -> score.asText().equalsIgnoreCase("loss"))
        .isPresent();
  }

  /** Candidates trained to the end first, the best on top; failures last. */
  static Comparator<CandidateRecord> of(String searchYaml) {
    Comparator<Double> scores =
        isMinimizing(searchYaml) ? Comparator.naturalOrder() : Comparator.reverseOrder();
    return Comparator.comparing(
            (CandidateRecord candidate) -> candidate.getStatus() != CandidateOutcome.COMPLETED)
        .thenComparing(CandidateRecord::getScore, Comparator.nullsLast(scores))
        .thenComparingInt(CandidateRecord::getCandidate);
  }
}
