package io.github.coconut4j.train;

import io.github.coconut4j.model.backend.DeviceArrays;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Adds the gradients of an update's micro-batches in pairs: those of both halves of the group, each
 * the sum of its halves, and so on. So equal parts of a group that are computed elsewhere and added
 * in pairs give the same bits. Arrays are kept from update to update, and added where the gradients
 * are: on the model's device, if it keeps them.
 */
@RequiredArgsConstructor
final class PairwiseSum {

  /** Micro-batches of a whole group or part; the last of an epoch may have fewer. */
  private final int group;

  private final DeviceArrays device;

  /** Sums by parameter name: the whole's, then those of halves that wait to be added to it. */
  private final List<Map<String, INDArray>> levels = new ArrayList<>();

  /** Computes a micro-batch; they are asked for in order. */
  @FunctionalInterface
  interface Terms {

    /**
     * Computes a micro-batch.
     *
     * @param adder takes its gradients during the call, and may use their content up
     * @return the sum of its items' losses and their number
     */
    Totals compute(int index, Adder adder);
  }

  /** Takes the gradients of a micro-batch. */
  @FunctionalInterface
  interface Adder {

    /** Adds gradients times a weight. */
    void add(Map<String, INDArray> gradients, double weight);
  }

  /**
   * Of some micro-batches.
   *
   * @param loss sum over their items
   * @param count of their items
   */
  record Totals(double loss, int count) {

    private Totals plus(Totals other) {
      return new Totals(loss + other.loss, count + other.count);
    }
  }

  /**
   * Adds micro-batches.
   *
   * @param present how many there are, at least 1
   */
  Totals add(int present, Terms terms) {
    levels.forEach(level -> device.hold(level.values()));
    return add(0, Math.max(group, present), present, 0, terms);
  }

  /** Puts the sum of micro-batches {@code from} to {@code to} into a level. */
  private Totals add(int from, int to, int present, int level, Terms terms) {
    if (to - from == 1) {
      return terms.compute(from, (gradients, weight) -> set(level, gradients, weight));
    }
    int middle = from + (to - from) / 2;
    Totals left = add(from, middle, present, level, terms);
    if (middle >= present) {
      return left;
    }
    if (to - middle == 1) {
      return left.plus(
          terms.compute(middle, (gradients, weight) -> addTo(level, gradients, weight)));
    }
    Totals right = add(middle, to, present, level + 1, terms);
    addTo(level, levels.get(level + 1), 1);
    return left.plus(right);
  }

  private void set(int level, Map<String, INDArray> gradients, double weight) {
    if (levels.size() == level) {
      levels.add(new LinkedHashMap<>());
    }
    Map<String, INDArray> sums = levels.get(level);
    gradients.forEach(
        (name, gradient) -> {
          INDArray sum = sums.computeIfAbsent(name, absent -> sumFor(gradient));
          device.addScaled(sum, gradient, weight, false);
        });
  }

  private INDArray sumFor(INDArray gradient) {
    INDArray sum = Nd4j.createUninitialized(gradient.dataType(), gradient.shape());
    device.hold(List.of(sum));
    return sum;
  }

  private void addTo(int level, Map<String, INDArray> gradients, double weight) {
    Map<String, INDArray> sums = levels.get(level);
    gradients.forEach((name, gradient) -> device.addScaled(sums.get(name), gradient, weight, true));
  }

  /** The sum of the last group, by parameter name; empty before the first. */
  Map<String, INDArray> sums() {
    return levels.isEmpty() ? Map.of() : levels.get(0);
  }

  /** How many sums of a group of this size are kept. */
  static int kept(int group) {
    return group <= 2 ? 1 : 1 + kept(group - group / 2);
  }
}
