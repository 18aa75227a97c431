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
 * Trains every candidate that the generator proposes to its end.
 *
 * <p>A candidate is proposed whenever one has ended, so what is proposed depends on the seed and on
 * the results in the order in which they came in. A search that goes on reads both: it has its
 * generator propose again and tells it the recorded results in the recorded order. What was under
 * way when it was cut short is then proposed again, and trained on from its checkpoint.
 */
public final class SearchRunner extends AbstractRunner {

  private final int parallel;
  private final Map<Integer, Candidate<?>> underWay = new LinkedHashMap<>();

  /**
   * A runner.
   *
   * @param config generator, score function and termination conditions
   * @param creator makes the candidates' tasks
   * @param results where results are kept, and what they were before
   * @param parallel candidates trained at once, at least 1
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
