package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.tuning.candidate.TrainerLostException;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.saving.ResultReference;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;

/**
 * The common part of runners. It replaces Arbiter's {@code BaseOptimizationRunner}, whose errors
 * are in its private methods. Here:
 *
 * <ul>
 *   <li>a generator that is exhausted before the limit, or whose candidates cannot be made, ends
 *       the search instead of being called forever;
 *   <li>a score that is not a number fails its candidate instead of remaining the best;
 *   <li>a task that throws is a failed candidate with its cause;
 *   <li>termination interrupts running tasks;
 *   <li>no more candidates are started than the limit allows, however many run at once;
 *   <li>a second {@link #execute()} is rejected;
 *   <li>results are written to disk immediately, and a search resumes from them.
 * </ul>
 */
public abstract class AbstractRunner implements IOptimizationRunner {

  private final OptimizationConfiguration config;
  private final ResultFile results;
  private final RunnerStatus status;
  private final CandidateTasks tasks;
  private final Proposals proposals;
  private final List<StatusListener> listeners = new CopyOnWriteArrayList<>();
  private final List<ResultReference> references = new CopyOnWriteArrayList<>();
  private final AtomicBoolean executed = new AtomicBoolean();
  private volatile boolean draining;
  private volatile boolean stopped;

  AbstractRunner(
      OptimizationConfiguration config, TaskCreator creator, ResultFile results, int parallel) {
    this.config = Arguments.requireNonNull(config, "config", "Build Arbiter's configuration.");
    Arguments.requireNonNull(creator, "creator", "Make a TrainingTaskCreator.");
    Arguments.requireNonNull(results, "results", "Open a ResultFile.");
    this.results = results;
    this.status = new RunnerStatus(config.getScoreFunction().minimize());
    this.tasks = new CandidateTasks(candidate -> task(creator, candidate), parallel);
    this.proposals = new Proposals(config);
  }

  private Callable<OptimizationResult> task(TaskCreator creator, Candidate<?> candidate) {
    return creator.create(
        candidate,
        config.getDataSource(),
        config.getDataSourceProperties(),
        config.getScoreFunction(),
        listeners,
        this);
  }

  /**
   * Runs the search to its end, on this thread.
   *
   * @throws IllegalStateException if it was run before
   * @throws UncheckedIOException if a result cannot be written, or no candidate can be trained any
   *     more
   */
  @Override
  public void execute() {
    if (!executed.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "A runner executes once, since its generator has proposed its candidates. Make another;"
              + " with the same results file it continues where this one ended.");
    }
    config.setExecutionStartTime(System.currentTimeMillis());
    notifyListeners(listener -> listener.onInitialization(this));
    config.getTerminationConditions().forEach(condition -> condition.initialize(this));
    try (CandidateTasks closed = tasks) {
      search(closed);
    } catch (InterruptedException e) {
      stopped = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      notifyListeners(listener -> listener.onShutdown(this));
    }
  }

  /** Proposes candidates, trains them and records their results until {@link #isOver()}. */
  abstract void search(CandidateTasks running) throws IOException, InterruptedException;

  /** Whether a termination condition holds or the search is stopped. */
  final boolean isOver() {
    return stopped
        || config.getTerminationConditions().stream().anyMatch(end -> end.terminate(this));
  }

  /** Whether no more tasks are started. */
  final boolean isDraining() {
    return draining;
  }

  final boolean hasNextProposal() {
    return hasNextProposal(0);
  }

  /**
   * Whether there is another proposal.
   *
   * @param least number of proposals that the limit allows at least: those of an earlier run, which
   *     are repeated
   */
  final boolean hasNextProposal(int least) {
    return !draining && proposals.hasNext(least);
  }

  final Candidate<?> propose() {
    Candidate<?> candidate = proposals.next();
    CandidateInfo created =
        new CandidateInfo(
            candidate.getIndex(),
            CandidateStatus.Created,
            null,
            System.currentTimeMillis(),
            null,
            null,
            candidate.getFlatParameters(),
            null);
    status.set(created);
    notifyListeners(listener -> listener.onCandidateStatusChange(created, this, null));
    return candidate;
  }

  /** Waits for a task to end; null if the search ends before. */
  final OptimizationResult await(CandidateTasks running)
      throws InterruptedException, TrainerLostException {
    while (!isOver()) {
      OptimizationResult result = running.poll();
      if (result != null) {
        return result;
      }
    }
    return null;
  }

  /**
   * Checks that a recorded result belongs to this search.
   *
   * @param candidate the one proposed under its number, or null
   * @throws ConfigException if it belongs to another search
   */
  final void requireSame(Candidate<?> candidate, CandidateRecord record) {
    if (candidate == null
        || !Arrays.equals(candidate.getFlatParameters(), record.getValues())
        || !areSame(parameters(candidate), record.getParameters())) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "A search continues only with the candidates it began with, but candidate %d of %s,"
                  + " with %s, is not proposed again. Change the search back, or begin another with"
                  + " --out.",
              record.getCandidate(),
              results,
              record.getParameters()));
    }
  }

  /** Compares them as files have them, where a number has no Java type. */
  private static boolean areSame(Map<String, Object> proposed, Map<String, Object> recorded) {
    return JsonLines.line(proposed).equals(JsonLines.line(recorded));
  }

  /** The record of a result. */
  final CandidateRecord toRecord(OptimizationResult result) {
    Candidate<?> candidate = result.getCandidate();
    Integer threads =
        candidate.getException() == null && candidate.getValue() instanceof TrainingConfig trained
            ? trained.getThreads()
            : null;
    return ResultConversion.toRecord(result, parameters(candidate), threads);
  }

  private Map<String, Object> parameters(Candidate<?> candidate) {
    boolean drawn = candidate.getFlatParameters().length > 0;
    return config.getCandidateGenerator().getParameterSpace() instanceof TrainingConfigSpace space
            && (drawn || space.numParameters() == 0)
        ? space.parameters(candidate.getFlatParameters())
        : Map.of();
  }

  /** Notifies the generator, the status and the listeners of a candidate's end. */
  final void finish(Candidate<?> candidate, CandidateRecord record) throws IOException {
    OptimizationResult result = ResultConversion.toResult(record, candidate);
    if (result.getCandidateInfo().getCandidateStatus() == CandidateStatus.Complete) {
      config.getCandidateGenerator().reportResults(result);
      saveModel(result);
    }
    if (record.getStatus() == CandidateOutcome.PRUNED) {
      status.set(result.getCandidateInfo());
    } else {
      status.finish(result);
    }
    notifyStatus(result);
  }

  final void notifyStatus(OptimizationResult result) {
    notifyListeners(
        listener -> listener.onCandidateStatusChange(result.getCandidateInfo(), this, result));
    notifyListeners(listener -> listener.onRunnerStatusChange(this));
  }

  private void saveModel(OptimizationResult result) throws IOException {
    if (config.getResultSaver() != null) {
      ResultReference reference =
          config.getResultSaver().saveModel(result, result.getModelSpecificResults());
      result.setResultReference(reference);
      references.add(reference);
    }
  }

  private void notifyListeners(Consumer<StatusListener> news) {
    listeners.forEach(news);
  }

  final ResultFile results() {
    return results;
  }

  final RunnerStatus status() {
    return status;
  }

  /** Whether the search was stopped before its end. */
  public final boolean isStopped() {
    return stopped;
  }

  @Override
  public final int numCandidatesTotal() {
    return status.total();
  }

  @Override
  public final int numCandidatesCompleted() {
    return status.count(CandidateStatus.Complete);
  }

  @Override
  public final int numCandidatesFailed() {
    return status.count(CandidateStatus.Failed, CandidateStatus.Cancelled);
  }

  @Override
  public final int numCandidatesQueued() {
    return status.count(CandidateStatus.Created, CandidateStatus.Running);
  }

  @Override
  public final Double bestScore() {
    CandidateInfo best = status.best();
    return best == null ? null : best.getScore();
  }

  @Override
  public final Long bestScoreTime() {
    CandidateInfo best = status.best();
    return best == null ? null : best.getEndTime();
  }

  @Override
  public final int bestScoreCandidateIndex() {
    CandidateInfo best = status.best();
    return best == null ? -1 : best.getIndex();
  }

  @Override
  public final List<ResultReference> getResults() {
    return List.copyOf(references);
  }

  @Override
  public final OptimizationConfiguration getConfiguration() {
    return config;
  }

  @Override
  public final void addListeners(StatusListener... added) {
    for (StatusListener listener : added) {
      if (!listeners.contains(listener)) {
        listeners.add(listener);
      }
    }
  }

  @Override
  public final void removeListeners(StatusListener... removed) {
    listeners.removeAll(List.of(removed));
  }

  @Override
  public final void removeAllListeners() {
    listeners.clear();
  }

  @Override
  public final List<CandidateInfo> getCandidateStatus() {
    return status.all();
  }

  /**
   * Ends the search; may be called from any thread.
   *
   * @param awaitCompletion whether running candidates are trained to the end; otherwise they save
   *     their state and stop
   */
  @Override
  public final void shutdown(boolean awaitCompletion) {
    draining = true;
    if (!awaitCompletion) {
      stopped = true;
      tasks.interrupt();
    }
  }
}
