package io.github.coconut4j.model.latent;

import java.util.Map;
import lombok.AccessLevel;
import lombok.AllArgsConstructor;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of one batch and its gradients.
 *
 * <p>The arrays belong to the model, whose next call may use their memory again: copy what is
 * needed longer.
 */
@AllArgsConstructor(access = AccessLevel.PACKAGE)
public final class LossGradients implements AutoCloseable {

  /** Mean cross-entropy over the labelled tokens, in nats. */
  @Getter private final double loss;

  /** Number of labelled tokens in the batch. */
  @Getter private final int labelledTokens;

  /** Gradient of the mean loss by parameter name, each of its parameter's shape. */
  @Getter private final Map<String, INDArray> gradients;

  /** Ends the use of the arrays. Their memory stays with the model, for its next gradients. */
  @Override
  public void close() {
    gradients.clear();
  }
}
