package io.github.coconut4j.train;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Callback for training events, called on the training thread but for {@link #checkpointWritten}.
 * Each method is a no-op here.
 */
public interface TrainingObserver extends AutoCloseable {

  /**
   * Before the first update.
   *
   * @param step updates done before, in a resumed run
   * @param totalSteps updates of the whole run
   */
  default void started(int step, int totalSteps) throws IOException {}

  /** Before the first update of an epoch, or of the rest of an epoch where a run resumes. */
  default void epochStarted(TrainingState state) throws IOException {}

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

  /**
   * After a checkpoint was written, on the thread that wrote it, while training goes on: the next
   * checkpoint waits until all observers return. What is thrown here ends the training at its next
   * update.
   *
   * @param state that it holds
   * @param checkpoint its directory, which stays as it is until this returns
   */
  default void checkpointWritten(TrainingState state, Path checkpoint) throws IOException {}

  @Override
  default void close() throws IOException {}
}
