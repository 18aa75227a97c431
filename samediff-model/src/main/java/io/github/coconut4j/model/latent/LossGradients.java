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
 * <p>Closing returns the arrays to the model, whose next gradients overwrite them: training steps
 * that close their gradients allocate nothing.
 */
public final class LossGradients implements AutoCloseable {

  private double loss;

  /** The loss while it may still be on a device; null once the host has it. */
  private INDArray lossArray;

  /** Number of items that the loss averages over; labelled tokens, for a cross-entropy. */
  @Getter private final int count;

  private final Map<String, INDArray> gradients;

  private final Consumer<Collection<INDArray>> owner;

  /** Copies arrays from a device to the host; null without a device. */
  private DeviceArrays device;

  /** Whether the host has the gradients. */
  private boolean areOnHost = true;

  /** The arrays that are returned to the model, whatever the map holds by then. */
  private List<INDArray> lent;

  /**
   * Makes a loss with gradients.
   *
   * @param gradients by parameter name; the map is copied
   * @param owner receives the arrays when this is closed
   * @throws IllegalArgumentException if the map or the owner is null
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
   * Makes a loss with gradients that a device holds.
   *
   * @param device copies them when the host reads them
   * @throws IllegalArgumentException if the map, the owner or the device is null
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
   * Makes a loss and gradients that a device holds.
   *
   * @param loss a scalar, returned with the gradients
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
   * The objective's loss: a mean over {@link #getCount} items. On a GPU this call waits for the
   * result.
   */
  public synchronized double getLoss() {
    if (lossArray != null) {
      device.release(List.of(lossArray));
      loss = lossArray.getDouble();
      owner.accept(List.of(lossArray));
      lossArray = null;
    }
    return loss;
  }

  /**
   * Gradient of the mean loss by parameter name, each in the shape of its parameter; empty once
   * this is closed.
   */
  public synchronized Map<String, INDArray> getGradients() {
    if (!areOnHost) {
      device.release(lent);
      areOnHost = true;
    }
    return gradients;
  }

  /**
   * The same arrays for an optimiser on the backend that computed them: their newest values may be
   * only in its device's memory.
   */
  public Map<String, INDArray> getGradientsOnDevice() {
    return gradients;
  }

  /** Returns the arrays to the model. */
  @Override
  public synchronized void close() {
    try {
      getLoss(); // the caller's map outlives the arrays
    } finally {
      owner.accept(lent);
      lent = List.of();
      gradients.clear();
    }
  }
}
