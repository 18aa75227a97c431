package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.TrainingState;

/** Stops a run at the end of its job: the last update, the time limit, a request. */
final class StopRule implements TrainingObserver {

  private final Integer lastStep;
  private final Long limitNanos;
  private final long start = System.nanoTime();
  private volatile boolean requested;
  private TrainingRun run;

  StopRule(CandidateJob job) {
    lastStep = job.lastStep();
    limitNanos = job.getLimit() == null ? null : job.getLimit().toNanos();
  }

  void attach(TrainingRun observed) {
    run = observed;
  }

  /** Stops the run after its next update; may be called from any thread. */
  void request() {
    requested = true;
  }

  @Override
  public void settled(TrainingState state) {
    boolean done = lastStep != null && state.getStep() >= lastStep;
    boolean timedOut = limitNanos != null && System.nanoTime() - start >= limitNanos;
    if (done || timedOut || requested) {
      run.requestStop();
    }
  }
}
