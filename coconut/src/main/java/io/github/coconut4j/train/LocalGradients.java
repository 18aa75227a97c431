package io.github.coconut4j.train;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Gradients of this process's model. Those of several micro-batches are summed so that they equal
 * those of one large batch: each weighs as much as it has labelled tokens. (The published code
 * averages the micro-batches' means, which weighs the tokens of one with few of them more.)
 */
@RequiredArgsConstructor
final class LocalGradients implements GradientSource {

  private final LatentTransformer transformer;
  private final Objective objective;

  /** Kept from update to update. */
  private final Map<String, INDArray> sums = new LinkedHashMap<>();

  @Override
  public LossGradients gradients(List<MultiDataSet> batches, Dropout dropout) {
    if (batches.size() == 1) {
      return transformer.gradients(LatentBatch.of(batches.get(0)), objective, dropout);
    }
    double lossSum = 0;
    int count = 0;
    int sequences = 0;
    for (MultiDataSet each : batches) {
      LatentBatch batch = LatentBatch.of(each);
      Dropout next = dropout.after(sequences);
      sequences += batch.sequences();
      try (LossGradients own = transformer.gradients(batch, objective, next)) {
        int weight = own.getCount();
        boolean first = count == 0;
        own.getGradients().forEach((name, gradient) -> add(name, gradient.muli(weight), first));
        lossSum += own.getLoss() * weight;
        count += weight;
      }
    }
    int all = count;
    sums.values().forEach(sum -> sum.divi(all));
    return new LossGradients(lossSum / count, count, new LinkedHashMap<>(sums), lent -> {});
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
}
