package io.github.coconut4j.train;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Callbacks for training events, called on the training thread, except {@link #checkpointWritten}.
 * All methods do nothing by default.
 */
public interface TrainingObserver extends AutoCloseable {

  /**
   * Called before the first update.
   *
   * @param step number of updates done before, in a resumed run
   * @param totalSteps number of updates of the whole run
   */
  default void started(int step, int totalSteps) throws IOException {}

  /** Called before the first update of an epoch, or of the rest of an epoch in a resumed run. */
  default void epochStarted(TrainingState state) throws IOException {}

  /** Called after an update. */
  default void updated(UpdateMetrics metrics) throws IOException {}

  /**
   * Called after an evaluation.
   *
   * @param improved whether it is more accurate than all earlier evaluations
   */
  default void evaluated(EvaluationMetrics metrics, boolean improved) throws IOException {}

  /**
   * Called after an update and the evaluation that may follow it.
   *
   * @param state state from which the run could continue
   */
  default void settled(TrainingState state) throws IOException {}

  /**
   * Called after a checkpoint was written, on the thread that wrote it, while training continues.
   * The next checkpoint waits until all observers return. An exception ends the training at its
   * next update.
   *
   * @param state the state in the checkpoint
   * @param checkpoint its directory, which does not change until this returns
   */
  default void checkpointWritten(TrainingState state, Path checkpoint) throws IOException {}

  @Override
  default void close() throws IOException {}
}
