package io.github.coconut4j.train;

/**
 * Says after an evaluation whether it was a run's last: what Deeplearning4j calls a termination
 * condition of early stopping. It may depend on earlier evaluations, of which a run that is resumed
 * tells it again, and on nothing else that changes, so that the run ends where it would have ended.
 */
@FunctionalInterface
public interface TerminationCondition {

  /** Forgets all evaluations: before the first, and before those that a resumed run tells again. */
  default void initialize() {}

  /**
   * Whether to end the run, asked once for each evaluation, in order.
   *
   * @param evaluation the newest
   */
  boolean terminate(EvaluationMetrics evaluation);
}
