package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import lombok.Builder;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;

/**
 * Makes the tasks that train candidates, which are {@link TrainingConfig}s, with the library's
 * trainer. A task always ends with a result: if a task throws, Arbiter leaves its candidate in the
 * status {@code Created}.
 *
 * <p>The problems are those that the candidate's configuration names; Arbiter's data provider and
 * data source are not used and may be null. The result's {@code modelSpecificResults} are the run's
 * {@link io.github.coconut4j.report.RunSummary}.
 */
@Builder
public final class TrainingTaskCreator implements TaskCreator {

  /** Key of a candidate's data parameters: the cycle of the curriculum after which it pauses. */
  public static final String CYCLE = "cycle";

  /** Directory of the runs. */
  private final SearchDirectory directory;

  /** Trains a candidate. */
  private final CandidateTrainer trainer;

  /** Time after which a candidate is aborted, or null. */
  private final Duration limit;

  @SuppressWarnings({"deprecation", "rawtypes"}) // as Arbiter declares it
  @Override
  public Callable<OptimizationResult> create(
      Candidate candidate,
      DataProvider provider,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return task(candidate, score);
  }

  @SuppressWarnings("rawtypes") // as Arbiter declares it
  @Override
  public Callable<OptimizationResult> create(
      Candidate candidate,
      Class<? extends DataSource> source,
      Properties properties,
      ScoreFunction score,
      List<StatusListener> listeners,
      IOptimizationRunner runner) {
    return task(candidate, score);
  }

  private Callable<OptimizationResult> task(Candidate<?> candidate, ScoreFunction score) {
    CandidateJob job =
        CandidateJob.builder()
            .config((TrainingConfig) candidate.getValue())
            .directory(directory.candidate(candidate.getIndex()))
            .cycle(cycle(candidate.getDataParameters()))
            .limit(limit)
            .build();
    return new TrainingTask(candidate, job, trainer, score);
  }

  private static Integer cycle(Map<String, Object> parameters) {
    return parameters == null ? null : (Integer) parameters.get(CYCLE);
  }
}
