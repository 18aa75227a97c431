package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;

/**
 * Trains every candidate that the generator proposes to the end.
 *
 * <p>A candidate is proposed whenever one has ended, so proposals depend on the seed and on the
 * results in their order. A resumed search restores both: its generator proposes again and receives
 * the recorded results in the recorded order. Candidates that were running when it was stopped are
 * proposed again and continue from their checkpoints.
 */
public final class SearchRunner extends AbstractRunner {

  private final int parallel;
  private final Map<Integer, Candidate<?>> underWay = new LinkedHashMap<>();

  /**
   * Makes a runner.
   *
   * @param config generator, score function and termination conditions
   * @param creator makes the candidates' tasks
   * @param results store of results, with those of an earlier search that is resumed
   * @param parallel number of candidates trained at the same time, at least 1
   */
  public SearchRunner(
      OptimizationConfiguration config, TaskCreator creator, ResultFile results, int parallel) {
    super(config, creator, results, parallel);
    this.parallel = parallel;
  }

  @Override
  void search(CandidateTasks running) throws IOException, InterruptedException {
    repeat(results().all());
    if (isDraining()) {
      return;
    }
    while (!isOver()) {
      propose(0);
      if (underWay.isEmpty()) {
        return;
      }
      CandidateRecord record = train(running);
      if (record == null) {
        return;
      }
      finish(remove(record), record);
    }
  }

  /**
   * Proposes what the search that is resumed has proposed, and reports its results. All of them,
   * whatever ends the search now: it may have ended later before.
   */
  private void repeat(List<CandidateRecord> recorded) throws IOException {
    int proposals = recorded.stream().mapToInt(CandidateRecord::getCandidate).max().orElse(-1) + 1;
    for (CandidateRecord record : recorded) {
      propose(proposals);
      if (isDraining()) {
        return;
      }
      finish(remove(record), record);
      isOver(); // for conditions that count the results since the best one
    }
  }

  private void propose(int least) {
    while (underWay.size() < parallel && hasNextProposal(least)) {
      Candidate<?> candidate = propose();
      underWay.put(candidate.getIndex(), candidate);
    }
  }

  private CandidateRecord train(CandidateTasks running) throws IOException, InterruptedException {
    underWay.values().forEach(running::start);
    OptimizationResult result = await(running);
    if (result == null) {
      return null;
    }
    CandidateRecord record = toRecord(result);
    results().save(record);
    return record;
  }

  private Candidate<?> remove(CandidateRecord record) {
    Candidate<?> candidate = underWay.remove(record.getCandidate());
    requireSame(candidate, record);
    return candidate;
  }
}
