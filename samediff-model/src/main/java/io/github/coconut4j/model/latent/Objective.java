package io.github.coconut4j.model.latent;

import java.util.Arrays;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A training loss on final hidden states. It adds its operations, and placeholders for its targets,
 * to the model's SameDiff graph. For each batch it returns the positions of the hidden states that
 * it reads, and the values of its targets. SameDiff differentiates it through the latent loop.
 *
 * <p>A model keeps one graph per objective, so pass the same object, or an equal one, each time.
 * Instances are shared by threads.
 */
// Only this interface creates a CrossEntropy, so that class is never initialized first.
@SuppressWarnings("ClassInitializationDeadlock")
public interface Objective {

  /** The mean cross-entropy of the labelled tokens, in nats. */
  Objective CROSS_ENTROPY = new CrossEntropy();

  /**
   * Adds the loss to a model's graph. Its variables need names that the graph does not have yet.
   *
   * @return the loss, a scalar of that graph: a mean over {@link Targets#count} items
   */
  SDVariable loss(ObjectiveInputs inputs);

  /** Whether the loss reads inner layers' hidden states, {@link ObjectiveInputs#getLayers}. */
  default boolean readsLayers() {
    return false;
  }

  /**
   * The objective's own parameters, which are trained with the model's: live arrays by names that
   * the model does not have. Variables with these names are in the graph before {@link #loss} is
   * called.
   */
  default Map<String, INDArray> parameters() {
    return Map.of();
  }

  /**
   * The positions and targets that the loss reads for a batch.
   *
   * @return not null
   * @throws IllegalArgumentException if the batch has no targets
   */
  Targets targets(LatentBatch batch);

  /**
   * The positions and targets that a loss reads for a batch.
   *
   * @param queried positions b · T + t whose final hidden states the loss reads, ascending; at
   *     least one
   * @param probed positions at which the loss reads hidden states of inner layers, ascending; null
   *     if the objective does not read any, else at least one
   * @param placeholders values of the placeholders that {@link #loss} made, by name, and of no
   *     others
   * @param count number of items that the loss averages over, at least 1; the weight of the batch
   *     when gradients are accumulated and evaluation losses averaged. Only a loss whose terms are
   *     all means over these items has the same value however sequences are divided into batches
   */
  record Targets(int[] queried, int[] probed, Map<String, INDArray> placeholders, int count) {

    /** Makes targets without hidden states of inner layers. */
    public Targets(int[] queried, Map<String, INDArray> placeholders, int count) {
      this(queried, null, placeholders, count);
    }

    /** Checks that no required value is null. */
    public Targets {
      if (queried == null || placeholders == null || count < 1) {
        throw new IllegalArgumentException(
            "An objective's targets need queried positions, placeholders and a count of at least 1,"
                + " but are "
                + Arrays.toString(queried)
                + ", "
                + placeholders
                + " and "
                + count
                + ". Give all three.");
      }
    }
  }
}
