package io.github.coconut4j.train;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.latent.LossGradients;
import java.util.List;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Where an update's gradient comes from: this process, or a group of them that exchange theirs. One
 * for a group computes its own part by the source that it is given and joins it to the others',
 * each weighing as much as it has items ({@link LossGradients#getCount}).
 */
@FunctionalInterface
public interface GradientSource {

  /**
   * The mean loss over an update's micro-batches and its gradient with respect to every parameter.
   *
   * @param batches the update's micro-batches, at least one
   * @param dropout of the first of them; those that follow have what {@link Dropout#after} gives,
   *     in whatever process they are computed
   * @return by parameter name, neither null nor empty; valid until it is closed or the next
   *     update's are asked for. The update may overwrite the arrays.
   */
  LossGradients gradients(List<MultiDataSet> batches, Dropout dropout);
}
