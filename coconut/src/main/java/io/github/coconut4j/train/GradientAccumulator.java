package io.github.coconut4j.train;

import io.github.coconut4j.model.latent.LossGradients;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Sums the gradients of several passes so that they equal those of one large batch: each pass
 * weighs as much as it has labelled tokens. (The published code averages the passes' means, which
 * weighs the tokens of a pass with few of them more.)
 */
final class GradientAccumulator {

  private final Map<String, INDArray> sums = new LinkedHashMap<>();
  private double lossSum;
  private long labelledTokens;

  void add(LossGradients pass) {
    int weight = pass.getLabelledTokens();
    boolean first = labelledTokens == 0;
    pass.getGradients().forEach((name, gradient) -> add(name, gradient.muli(weight), first));
    lossSum += pass.getLoss() * weight;
    labelledTokens += weight;
  }

  private void add(String name, INDArray weighted, boolean first) {
    INDArray sum = sums.get(name);
    if (sum == null) {
      sums.put(name, weighted.dup('c'));
    } else if (first) {
      sum.assign(weighted);
    } else {
      sum.addi(weighted);
    }
  }

  /** Mean loss over all labelled tokens. */
  double loss() {
    return lossSum / labelledTokens;
  }

  /** Gradients of the mean loss; valid until the next pass is added after {@link #clear()}. */
  Map<String, INDArray> gradients() {
    sums.values().forEach(sum -> sum.divi(labelledTokens));
    return sums;
  }

  void clear() {
    lossSum = 0;
    labelledTokens = 0;
  }
}
