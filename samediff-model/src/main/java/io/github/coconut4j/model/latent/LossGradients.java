package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.internal.Arguments;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The loss of one batch and its gradients.
 *
 * <p>Closing gives the arrays back to the model, whose next gradients then overwrite them: a step
 * that closes its gradients allocates nothing.
 */
public final class LossGradients implements AutoCloseable {

  private double loss;

  /** The loss where a device may have it; null once the host has. */
  private INDArray lossArray;

  /** Number of items that the loss is the mean of: of labelled tokens, for a cross-entropy. */
  @Getter private final int count;

  private final Map<String, INDArray> gradients;

  private final Consumer<Collection<INDArray>> owner;

  /** What brings arrays that a device holds to the host; null where none does. */
  private DeviceArrays device;

  /** Whether the gradients are the host's. */
  private boolean areOnHost = true;

  /** What goes back to the model, whatever the map holds by then. */
  private List<INDArray> lent;

  /**
   * A loss and gradients.
   *
   * @param gradients by parameter name; the map is copied
   * @param owner takes the arrays back when this is closed
   * @throws IllegalArgumentException if there is no map or owner
   */
  public LossGradients(
      double loss,
      int count,
      Map<String, INDArray> gradients,
      Consumer<Collection<INDArray>> owner) {
    this.loss = loss;
    this.count = count;
    if (gradients == null || owner == null) {
      throw new IllegalArgumentException(
          "Gradients need a map of arrays and what takes these back when they are closed, but the"
              + (gradients == null ? " map" : " owner")
              + " is null. Pass an empty map, or a consumer that does nothing.");
    }
    this.gradients = new LinkedHashMap<>(gradients);
    this.owner = owner;
    lent = List.copyOf(gradients.values());
  }

  /**
   * Gradients that a device holds.
   *
   * @param device asked for them when the host reads them
   * @throws IllegalArgumentException if there is no map, owner or device
   */
  public LossGradients(
      double loss,
      int count,
      Map<String, INDArray> gradients,
      Consumer<Collection<INDArray>> owner,
      DeviceArrays device) {
    this(loss, count, gradients, owner);
    Arguments.requireNonNull(device, "device", "Give the arrays' backend's deviceArrays().");
    this.device = device;
    areOnHost = false;
  }

  /**
   * A loss and gradients that a device holds.
   *
   * @param loss a scalar, given back with the gradients
   */
  LossGradients(
      INDArray loss,
      int count,
      Map<String, INDArray> gradients,
      Consumer<Collection<INDArray>> owner,
      DeviceArrays device) {
    this(Double.NaN, count, gradients, owner, device);
    lossArray = loss;
  }

  /**
   * The objective's loss: a mean over {@link #getCount} items. Where a GPU computes, this call
   * waits for it.
   */
  public synchronized double getLoss() {
    if (lossArray != null) {
      device.letGo(List.of(lossArray));
      loss = lossArray.getDouble();
      owner.accept(List.of(lossArray));
      lossArray = null;
    }
    return loss;
  }

  /**
   * Gradient of the mean loss by parameter name, each of its parameter's shape; empty once this is
   * closed.
   */
  public synchronized Map<String, INDArray> getGradients() {
    if (!areOnHost) {
      device.letGo(lent);
      areOnHost = true;
    }
    return gradients;
  }

  /**
   * The same arrays for an optimiser on the backend that computed them: their newest values may be
   * in its device's memory alone.
   */
  public Map<String, INDArray> getGradientsOnDevice() {
    return gradients;
  }

  /** Ends the use of the arrays. */
  @Override
  public synchronized void close() {
    try {
      getLoss(); // which outlives the arrays
    } finally {
      owner.accept(lent);
      lent = List.of();
      gradients.clear();
    }
  }
}
