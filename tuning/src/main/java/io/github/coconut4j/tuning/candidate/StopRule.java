package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.TrainingState;
import lombok.Getter;

/** Stops a run at the end of its job: the last update, the time limit, an interruption. */
final class StopRule implements TrainingObserver {

  private final Integer lastStep;
  private final Long limitNanos;
  private final long start = System.nanoTime();
  private TrainingRun run;

  /** Whether the run was stopped because its time was over. */
  @Getter private boolean timedOut;

  StopRule(CandidateJob job) {
    lastStep = job.lastStep();
    limitNanos = job.getLimit() == null ? null : job.getLimit().toNanos();
  }

  void attach(TrainingRun observed) {
    run = observed;
  }

  @Override
  public void settled(TrainingState state) {
    boolean done = lastStep != null && state.getStep() >= lastStep;
    timedOut = !done && limitNanos != null && System.nanoTime() - start >= limitNanos;
    if (done || timedOut || Thread.currentThread().isInterrupted()) {
      run.requestStop();
    }
  }
}
