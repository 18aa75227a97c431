package io.github.coconut4j.train;

import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Gradients of this process's model, summed with those of the other ranks, if there are any.
 * Gradients of several micro-batches are summed so that they equal those of one large batch: each
 * is weighted by its number of labelled tokens. (The published code averages the means of
 * micro-batches, which gives tokens in a micro-batch with few labels a larger weight.)
 */
final class LocalGradients implements GradientSource {

  private static final PairwiseSum.Totals NONE = new PairwiseSum.Totals(0, 0);

  private final LatentTransformer transformer;
  private final Objective objective;
  private final Ranks ranks;
  private final DeviceArrays device;
  private final PairwiseSum sum;

  /** This rank's sums if it has no micro-batch; made when first needed. */
  private final Map<String, INDArray> nothing = new TreeMap<>();

  /** Makes a source for a single process whose updates have one micro-batch. */
  LocalGradients(LatentTransformer transformer, Objective objective) {
    this(transformer, objective, Ranks.alone());
  }

  LocalGradients(LatentTransformer transformer, Objective objective, Ranks ranks) {
    this.transformer = transformer;
    this.objective = objective;
    this.ranks = ranks;
    this.device = transformer.getBackend().deviceArrays();
    this.sum = new PairwiseSum(ranks.own(), device);
  }

  @Override
  public LossGradients gradients(List<MultiDataSet> batches, Dropout dropout) {
    if (batches.size() == 1 && !ranks.areSeveral()) {
      return transformer.gradients(LatentBatch.of(batches.get(0)), objective, dropout);
    }
    PairwiseSum.Totals totals = NONE;
    Map<String, INDArray> sums = nothing;
    if (batches.isEmpty()) {
      setNothing();
    } else {
      totals = sum(batches, dropout);
      sums = sum.sums();
    }
    if (ranks.areSeveral()) {
      device.toHost(sums.values());
      totals = ranks.sum(sums, totals, UpdateStep.realTokens(batches));
      device.hostChanged(sums.values());
    }
    int weight = weight(totals.count());
    if (weight != 1) {
      double mean = 1.0 / weight;
      sums.values().forEach(each -> device.addScaled(each, each, mean, false));
    }
    return new LossGradients(
        totals.loss() / weight, totals.count(), new LinkedHashMap<>(sums), lent -> {}, device);
  }

  /**
   * If there is only one micro-batch in all ranks, its mean is kept: multiplying and dividing would
   * round it.
   */
  private int weight(int count) {
    return ranks.isOneMicroBatch() ? 1 : count;
  }

  private PairwiseSum.Totals sum(List<MultiDataSet> batches, Dropout dropout) {
    int[] sequences = {0};
    return sum.add(
        batches.size(),
        (index, adder) -> {
          LatentBatch batch = LatentBatch.of(batches.get(index));
          Dropout next = dropout.after(sequences[0]);
          sequences[0] += batch.sequences();
          try (LossGradients own = transformer.gradients(batch, objective, next)) {
            int weight = weight(own.getCount());
            adder.add(own.getGradientsOnDevice(), weight);
            return new PairwiseSum.Totals(own.getLoss() * weight, own.getCount());
          }
        });
  }

  /** Sets values that do not change a sum; with +0, a sum of -0 would become +0. */
  private void setNothing() {
    if (nothing.isEmpty()) {
      transformer.getWeights().trained().forEach(this::addNothingFor);
      objective.parameters().forEach(this::addNothingFor);
    }
    device.hold(nothing.values());
    nothing.values().forEach(array -> array.assign(-0.0f));
    device.hostChanged(nothing.values());
  }

  private void addNothingFor(String name, INDArray parameter) {
    nothing.put(name, parameter.dup('c'));
  }
}
