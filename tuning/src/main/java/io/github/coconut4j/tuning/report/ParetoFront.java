package io.github.coconut4j.tuning.report;

import io.github.coconut4j.tuning.record.CandidateRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The candidates that no other candidate beats in both tokens and accuracy. */
final class ParetoFront {

  private ParetoFront() {}

  /**
   * The front by ascending number of tokens.
   *
   * @param candidates candidates that all have an evaluation
   */
  static List<CandidateRecord> of(List<CandidateRecord> candidates) {
    List<CandidateRecord> sorted = new ArrayList<>(candidates);
    sorted.sort(
        Comparator.comparing(CandidateRecord::getMeanTokens)
            .thenComparing(CandidateRecord::getAccuracy, Comparator.reverseOrder()));
    List<CandidateRecord> front = new ArrayList<>();
    double best = Double.NEGATIVE_INFINITY;
    for (CandidateRecord candidate : sorted) {
      if (candidate.getAccuracy() > best) {
        front.add(candidate);
        best = candidate.getAccuracy();
      }
    }
    return front;
  }
}
