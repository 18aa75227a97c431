package io.github.coconut4j.tuning.runner;

import io.github.coconut4j.tuning.candidate.TrainingTaskCreator;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;

/**
 * Successive halving (Jamieson and Talwalkar, arXiv 1502.07943): trains all candidates for a share
 * of their curriculum, continues the best of them to a larger share, and so on until the end.
 *
 * <p>The candidates' configurations have {@code cycles}, one per round: a cycle goes through the
 * whole curriculum with proportionally shortened stages and its own warm-up and decay. A continued
 * candidate resumes its run from its checkpoint with the next cycle; the final weights are the same
 * as those of uninterrupted training.
 */
public final class HalvingRunner extends AbstractRunner {

  private final HalvingSchedule schedule;

  /**
   * Makes a runner.
   *
   * @param config generator, score function and termination conditions, among them a number of
   *     candidates unless the generator is finite
   * @param creator makes the candidates' tasks; receives a candidate's cycle as {@link
   *     TrainingTaskCreator#CYCLE}
   * @param results store of results, with those of an earlier search that is resumed
   * @param parallel number of candidates trained at the same time, at least 1
   */
  public HalvingRunner(
      OptimizationConfiguration config,
      TaskCreator creator,
      ResultFile results,
      int parallel,
      HalvingSchedule schedule) {
    super(config, creator, results, parallel);
    this.schedule = schedule;
  }

  @Override
  void search(CandidateTasks running) throws IOException, InterruptedException {
    List<Candidate<?>> alive = new ArrayList<>();
    while (hasNextProposal()) {
      alive.add(propose());
    }
    int candidates = alive.size();
    for (CandidateRecord known : results().all()) {
      int number = known.getCandidate();
      requireSame(number < candidates ? alive.get(number) : null, known);
    }
    for (int round = 0; round < schedule.rounds(); round++) {
      train(alive, round, running);
      if (isOver() || isDraining()) {
        endTrained(alive, round);
        return;
      }
      alive = selected(alive, round, schedule.survivors(candidates, round + 1));
    }
  }

  /** Records candidates that were trained to the end before the search's time was over. */
  private void endTrained(List<Candidate<?>> alive, int round) throws IOException {
    if (isLast(round) && !isStopped()) {
      selected(alive.stream().filter(candidate -> isScored(candidate, round)).toList(), round, 0);
    }
  }

  private boolean isLast(int round) {
    return round == schedule.rounds() - 1;
  }

  /** Trains and scores every candidate that is not done in this round. */
  private void train(List<Candidate<?>> alive, int round, CandidateTasks running)
      throws IOException, InterruptedException {
    int underWay = 0;
    for (Candidate<?> candidate : alive) {
      if (!isScored(candidate, round)) {
        candidate.setDataParameters(Map.of(TrainingTaskCreator.CYCLE, round));
        running.start(candidate);
        underWay++;
      }
    }
    for (; underWay > 0; underWay--) {
      OptimizationResult result = await(running);
      if (result == null) {
        return;
      }
      save(result);
    }
  }

  private boolean isScored(Candidate<?> candidate, int round) {
    return results()
        .find(candidate.getIndex())
        .filter(known -> known.getTrials().size() > round || isFailedIn(round, known))
        .isPresent();
  }

  private static boolean isFailedIn(int round, CandidateRecord known) {
    boolean failed =
        known.getStatus() == CandidateOutcome.FAILED
            || known.getStatus() == CandidateOutcome.TIMED_OUT;
    return failed && known.getTrials().size() <= round;
  }

  private void save(OptimizationResult result) throws IOException {
    CandidateRecord record = toRecord(result);
    CandidateRecord before = results().find(result.getIndex()).orElse(null);
    List<Double> trials = new ArrayList<>(before == null ? List.of() : before.getTrials());
    boolean scored = record.getStatus() == CandidateOutcome.COMPLETED;
    if (scored) {
      trials.add(record.getScore());
    }
    CandidateRecord trial =
        record.toBuilder()
            .status(scored ? CandidateOutcome.TRYING : record.getStatus())
            .seconds(record.getSeconds() + (before == null ? 0 : before.getSeconds()))
            .trials(trials)
            .build();
    results().save(trial);
    if (scored) {
      notifyStatus(ResultConversion.toResult(trial, result.getCandidate()));
    }
  }

  /** Selects the candidates that continue, and records the others. */
  private List<Candidate<?>> selected(List<Candidate<?>> alive, int round, int survivors)
      throws IOException {
    boolean last = isLast(round);
    List<Candidate<?>> ranked = new ArrayList<>();
    for (Candidate<?> candidate : alive) {
      CandidateRecord known = known(candidate);
      if (isFailedIn(round, known)) {
        finish(candidate, known);
      } else {
        ranked.add(candidate);
      }
    }
    ranked.sort(best(round));
    int kept = Math.min(survivors, ranked.size());
    for (Candidate<?> candidate : last ? ranked : ranked.subList(kept, ranked.size())) {
      end(candidate, last ? CandidateOutcome.COMPLETED : CandidateOutcome.PRUNED);
    }
    return new ArrayList<>(ranked.subList(0, kept));
  }

  private void end(Candidate<?> candidate, CandidateOutcome outcome) throws IOException {
    CandidateRecord known = known(candidate);
    if (known.getStatus() != outcome) {
      known = known.toBuilder().status(outcome).build();
      results().save(known);
    }
    finish(candidate, known);
  }

  private Comparator<Candidate<?>> best(int round) {
    boolean minimize = getConfiguration().getScoreFunction().minimize();
    Comparator<Candidate<?>> low =
        Comparator.comparingDouble(candidate -> known(candidate).getTrials().get(round));
    return (minimize ? low : low.reversed()).thenComparingInt(Candidate::getIndex);
  }

  private CandidateRecord known(Candidate<?> candidate) {
    return results().find(candidate.getIndex()).orElseThrow();
  }
}
