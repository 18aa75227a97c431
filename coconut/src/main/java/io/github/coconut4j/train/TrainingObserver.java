package io.github.coconut4j.train;

import java.io.IOException;

/** Told of every update and evaluation of a run, on the training thread. */
public interface TrainingObserver extends AutoCloseable {

  /**
   * Before the first update.
   *
   * @param step updates done before, in a resumed run
   * @param totalSteps updates of the whole run
   */
  default void started(int step, int totalSteps) throws IOException {}

  /** At the first update of a pass, or where a resumed pass goes on. */
  default void passStarted(TrainingState state) throws IOException {}

  /** After an update. */
  default void updated(UpdateMetrics metrics) throws IOException {}

  /**
   * After an evaluation.
   *
   * @param improved whether no evaluation before was as accurate
   */
  default void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {}

  /**
   * After an update and the evaluation that may follow it.
   *
   * @param state from which the run could continue
   */
  default void settled(TrainingState state) throws IOException {}

  @Override
  default void close() throws IOException {}
}
