package io.github.coconut4j.train;

import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Keeps a model's parameters and an optimiser's state in the device's memory between updates.
 * Callers that read or write the arrays in between must {@link #release()} them first.
 */
final class ResidentParameters {

  private final DeviceArrays device;
  private final List<INDArray> arrays;
  private boolean held;

  private ResidentParameters(DeviceArrays device, List<INDArray> arrays) {
    this.device = device;
    this.arrays = arrays;
  }

  /**
   * The arrays of a run; none if the optimiser or a part of the model computes on the host.
   *
   * @param trained parameters that the optimiser updates
   */
  static ResidentParameters of(
      LatentTransformer transformer, Collection<INDArray> trained, Optimizer optimizer) {
    List<INDArray> arrays = new ArrayList<>();
    Weights weights = transformer.getWeights();
    boolean isResident =
        optimizer instanceof AdamW adamW
            && adamW.isOn(transformer.getBackend())
            && weights.getTrainedRowsName() == null; // the host copies these into their table
    if (isResident) {
      arrays.addAll(weights.asMap().values());
      arrays.addAll(trained);
      arrays.addAll(optimizer.state().values());
    }
    return new ResidentParameters(transformer.getBackend().deviceArrays(), arrays);
  }

  /** For arrays that are all on the host. */
  static ResidentParameters none() {
    return new ResidentParameters(DeviceArrays.NONE, List.of());
  }

  /** Whether the optimiser reads arrays in the device's memory. */
  boolean isSome() {
    return !arrays.isEmpty();
  }

  /** Must be called before an update. */
  void hold() {
    if (!held) {
      device.hold(arrays);
      held = true;
    }
  }

  /** Copies the values of the last update to the host. */
  void release() {
    if (held) {
      device.release(arrays);
      held = false;
    }
  }
}
