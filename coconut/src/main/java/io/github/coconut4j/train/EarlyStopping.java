package io.github.coconut4j.train;

import java.util.List;
import lombok.Getter;

/** Asks a run's termination conditions after every evaluation whether it was the last. */
final class EarlyStopping {

  private final List<TerminationCondition> conditions;

  /** Whether a condition has ended the run. */
  @Getter private boolean terminated;

  /**
   * The conditions as they stand where a run begins.
   *
   * @param before evaluations that the run had before it was resumed
   */
  EarlyStopping(List<TerminationCondition> conditions, List<EvaluationMetrics> before) {
    this.conditions = conditions;
    conditions.forEach(TerminationCondition::initialize);
    before.forEach(this::evaluated);
  }

  /** Asks every condition, since each counts for itself. */
  void evaluated(EvaluationMetrics evaluation) {
    for (TerminationCondition condition : conditions) {
      terminated |= condition.terminate(evaluation);
    }
  }
}
