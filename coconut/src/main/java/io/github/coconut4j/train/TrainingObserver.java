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

  /**
   * After an update.
   *
   * @param state from which the next update follows
   */
  default void updated(UpdateMetrics metrics, TrainingState state) throws IOException {}

  /**
   * After an evaluation.
   *
   * @param improved whether no evaluation before was as accurate
   */
  default void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {}

  @Override
  default void close() throws IOException {}
}
