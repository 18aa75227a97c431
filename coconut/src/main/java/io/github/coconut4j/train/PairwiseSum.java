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
 * Adds the gradients of an update's micro-batches in pairs: the sums of both halves of the group,
 * each the sum of its halves, and so on. Equal parts of a group that are computed in other
 * processes and added in pairs give bit-identical sums. Arrays are reused from update to update,
 * and added where the gradients are: on the model's device, if they are there.
 */
@RequiredArgsConstructor
final class PairwiseSum {

  /** Number of micro-batches of a complete group or part; the last of an epoch may have fewer. */
  private final int group;

  private final DeviceArrays device;

  /** Sums by parameter name: the total, then those of halves that are still to be added to it. */
  private final List<Map<String, INDArray>> levels = new ArrayList<>();

  /** Computes micro-batches, called in order. */
  @FunctionalInterface
  interface Terms {

    /**
     * Computes a micro-batch.
     *
     * @param adder receives its gradients during the call, and may overwrite them
     * @return the sum of its items' losses and their number
     */
    Totals compute(int index, Adder adder);
  }

  /** Receives the gradients of a micro-batch. */
  @FunctionalInterface
  interface Adder {

    /** Adds gradients multiplied by a weight. */
    void add(Map<String, INDArray> gradients, double weight);
  }

  /**
   * The totals of some micro-batches.
   *
   * @param loss sum of the loss over their items
   * @param count number of their items
   */
  record Totals(double loss, int count) {

    private Totals plus(Totals other) {
      return new Totals(loss + other.loss, count + other.count);
    }
  }

  /**
   * Adds micro-batches.
   *
   * @param present number of micro-batches, at least 1
   */
  Totals add(int present, Terms terms) {
    levels.forEach(level -> device.hold(level.values()));
    return add(0, Math.max(group, present), present, 0, terms);
  }

  /** Stores the sum of micro-batches {@code from} to {@code to} into a level. */
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

  /** Number of sums that are stored for a group of this size. */
  static int kept(int group) {
    return group <= 2 ? 1 : 1 + kept(group - group / 2);
  }
}
