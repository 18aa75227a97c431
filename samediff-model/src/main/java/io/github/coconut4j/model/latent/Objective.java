package io.github.coconut4j.model.latent;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A training loss on final hidden states. It adds its own operations, and placeholders for its
 * targets, to the model's SameDiff graph, and says for each batch which hidden states it reads and
 * what the targets are. SameDiff differentiates it, down into the latent loop.
 *
 * <p>A model keeps a graph for each objective that it has met: give the same object, or one that is
 * equal to it, each time. Instances are shared by threads.
 */
// Nothing but this interface makes a CrossEntropy, so that it is never initialized first.
@SuppressWarnings("ClassInitializationDeadlock")
public interface Objective {

  /** The mean cross-entropy of the labelled tokens, in nats. */
  Objective CROSS_ENTROPY = new CrossEntropy();

  /**
   * Adds the loss to a model's graph. Variables have names that the graph does not have.
   *
   * @return the loss, a scalar of that graph: a mean over {@link Targets#count} items
   */
  SDVariable loss(ObjectiveInputs inputs);

  /** Whether the loss reads inner layers' hidden states, {@link ObjectiveInputs#getLayers}. */
  default boolean readsLayers() {
    return false;
  }

  /**
   * Parameters of its own that are trained with the model's, live arrays by names that the model
   * does not have; variables of these names are in the graph before {@link #loss} is called.
   */
  default Map<String, INDArray> parameters() {
    return Map.of();
  }

  /**
   * What the loss reads of a batch.
   *
   * @return not null
   * @throws IllegalArgumentException if the batch has nothing to learn from
   */
  Targets targets(LatentBatch batch);

  /**
   * What a loss reads of a batch.
   *
   * @param queried positions b · T + t whose final hidden states it reads, ascending; at least one
   * @param probed positions at which it reads inner layers' hidden states, ascending; null if the
   *     objective does not read any, else at least one
   * @param placeholders values of the placeholders that {@link #loss} made, by name, and of no
   *     others
   * @param count number of items that the loss is the mean of, at least 1: a batch's weight where
   *     gradients of several are accumulated
   */
  record Targets(int[] queried, int[] probed, Map<String, INDArray> placeholders, int count) {

    /** Without inner layers' hidden states. */
    public Targets(int[] queried, Map<String, INDArray> placeholders, int count) {
      this(queried, null, placeholders, count);
    }

    /** Checks that all are there. */
    public Targets {
      if (queried == null || placeholders == null || count < 1) {
        throw new IllegalArgumentException(
            "An objective's targets need queried positions, placeholders and a count of at least 1,"
                + " but are "
                + java.util.Arrays.toString(queried)
                + ", "
                + placeholders
                + " and "
                + count
                + ".");
      }
    }
  }
}
