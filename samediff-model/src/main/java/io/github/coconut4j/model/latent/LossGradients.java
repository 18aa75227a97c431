package io.github.coconut4j.model.latent;

import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of one batch and its gradients.
 *
 * <p>Closing gives the arrays back to the model, whose next gradients then overwrite them: a step
 * that closes its gradients allocates nothing.
 */
@AllArgsConstructor(access = AccessLevel.PACKAGE)
public final class LossGradients implements AutoCloseable {

  /** Mean cross-entropy over the labelled tokens, in nats. */
  @Getter private final double loss;

  /** Number of labelled tokens in the batch. */
  @Getter private final int labelledTokens;

  /** Gradient of the mean loss by parameter name, each of its parameter's shape. */
  @Getter private final Map<String, INDArray> gradients;

  private final Consumer<Collection<INDArray>> owner;

  /** Ends the use of the arrays. */
  @Override
  public void close() {
    owner.accept(gradients.values());
    gradients.clear();
  }
}
