package io.github.coconut4j.model.internal.kernel;

import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/** A batch of which other hidden states are asked. */
final class PlanVariants {

  private PlanVariants() {}

  /** Every cell's hidden state. */
  static LatentPlan everyCell(LatentPlan plan) {
    int[] all = IntStream.range(0, plan.rows() * plan.columns()).toArray();
    return LatentPlan.forCells(
        plan.rows(),
        plan.columns(),
        positions(plan),
        mask(plan, plan::isReal),
        mask(plan, plan::isLatent),
        all);
  }

  /** The hidden state of each row's last real cell. */
  static LatentPlan lastCells(LatentPlan plan) {
    return LatentPlan.forLastCells(
        plan.rows(),
        plan.columns(),
        positions(plan),
        mask(plan, plan::isReal),
        mask(plan, plan::isLatent));
  }

  private static int[] positions(LatentPlan plan) {
    return IntStream.range(0, plan.rows() * plan.columns())
        .map(cell -> plan.position(cell / plan.columns(), cell % plan.columns()))
        .toArray();
  }

  private static int[] mask(LatentPlan plan, BiPredicate<Integer, Integer> holds) {
    return IntStream.range(0, plan.rows() * plan.columns())
        .map(cell -> holds.test(cell / plan.columns(), cell % plan.columns()) ? 1 : 0)
        .toArray();
  }
}
