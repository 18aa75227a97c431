package io.github.coconut4j.train;

import java.util.List;
import lombok.Getter;

/** Checks a run's termination conditions after every evaluation. */
final class EarlyStopping {

  private final List<TerminationCondition> conditions;

  /** Whether a condition has ended the run. */
  @Getter private boolean terminated;

  /**
   * Sets the conditions to their state at the beginning of a run.
   *
   * @param before earlier evaluations of a resumed run
   */
  EarlyStopping(List<TerminationCondition> conditions, List<EvaluationMetrics> before) {
    this.conditions = conditions;
    conditions.forEach(TerminationCondition::initialize);
    before.forEach(this::evaluated);
  }

  /** Calls every condition, since each has its own state. */
  void evaluated(EvaluationMetrics evaluation) {
    for (TerminationCondition condition : conditions) {
      terminated |= condition.terminate(evaluation);
    }
  }
}
