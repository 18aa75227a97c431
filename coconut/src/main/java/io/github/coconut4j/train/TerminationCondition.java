package io.github.coconut4j.train;

/**
 * Decides after an evaluation whether a run ends: a termination condition of early stopping in
 * Deeplearning4j's terms. It may depend on earlier evaluations, which a resumed run passes again,
 * but on no other changing state, so that a resumed run ends at the same point.
 */
@FunctionalInterface
public interface TerminationCondition {

  /**
   * Resets all state. Called before the first evaluation, and before those that a resumed run
   * passes again.
   */
  default void initialize() {}

  /**
   * Whether to end the run. Called once per evaluation, in order.
   *
   * @param evaluation the newest
   */
  boolean terminate(EvaluationMetrics evaluation);
}
