package io.github.coconut4j.tuning.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lombok.RequiredArgsConstructor;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;

/** A runner's statistics of its candidates; thread-safe. */
@RequiredArgsConstructor
final class RunnerStatus {

  private final boolean minimize;
  private final Map<Integer, CandidateInfo> candidates = new TreeMap<>();
  private CandidateInfo best;

  synchronized void set(CandidateInfo info) {
    candidates.put(info.getIndex(), info);
  }

  /** Adds a final result. */
  synchronized void finish(OptimizationResult result) {
    CandidateInfo info = result.getCandidateInfo();
    set(info);
    boolean scored = info.getCandidateStatus() == CandidateStatus.Complete;
    if (scored && (best == null || isBetter(info.getScore(), best.getScore()))) {
      best = info;
    }
  }

  boolean isBetter(double score, double than) {
    return minimize ? score < than : score > than;
  }

  synchronized int total() {
    return candidates.size();
  }

  synchronized int count(CandidateStatus... statuses) {
    List<CandidateStatus> counted = List.of(statuses);
    return (int)
        candidates.values().stream()
            .filter(info -> counted.contains(info.getCandidateStatus()))
            .count();
  }

  synchronized CandidateInfo best() {
    return best;
  }

  synchronized List<CandidateInfo> all() {
    return new ArrayList<>(candidates.values());
  }
}
