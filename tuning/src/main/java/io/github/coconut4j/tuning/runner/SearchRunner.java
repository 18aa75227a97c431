package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
    Iterator<CandidateRecord> recorded = results().all().iterator();
    while (!isOver()) {
      while (underWay.size() < parallel && hasNextProposal()) {
        Candidate<?> candidate = propose();
        underWay.put(candidate.getIndex(), candidate);
      }
      if (underWay.isEmpty()) {
        return;
      }
      CandidateRecord record = recorded.hasNext() ? recorded.next() : train(running);
      if (record == null) {
        return;
      }
      finish(remove(record), record);
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
