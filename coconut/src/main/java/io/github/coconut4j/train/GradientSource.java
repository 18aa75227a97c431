package io.github.coconut4j.train;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LossGradients;
import java.util.List;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Computes an update's gradients, in this process or in a group of processes. An implementation for
 * a group computes its own part with the source that it is given, and combines it with the others',
 * each weighted by its number of items ({@link LossGradients#getCount}).
 */
@FunctionalInterface
public interface GradientSource {

  /**
   * The mean loss over an update's micro-batches and its gradient with respect to every parameter.
   *
   * @param batches the update's micro-batches, at least one
   * @param dropout dropout of the first of them; later ones have {@link Dropout#after}, whichever
   *     process computes them
   * @return gradients by parameter name, neither null nor empty; valid until closed or until the
   *     next update. The update may overwrite the arrays.
   */
  LossGradients gradients(List<MultiDataSet> batches, Dropout dropout);
}
