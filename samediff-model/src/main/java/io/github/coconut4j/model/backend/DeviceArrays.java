package io.github.coconut4j.model.backend;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Manages arrays whose newest values a backend may leave in its device's memory. An array's own
 * memory is up to date unless the array is held. The holder tells when the host reads and writes
 * it, so that nothing is copied between two calls of the device.
 */
public interface DeviceArrays {

  /** For a backend that computes in the arrays' own memory. */
  DeviceArrays NONE = new NoDeviceArrays();

  /** Holds arrays: from now on their newest values may be only on the device. */
  void hold(Collection<INDArray> arrays);

  /** Makes a holder of the arrays of one graph's runs; the caller closes it. */
  RunArrays runArrays();

  /** Copies the newest values of held arrays to the host, before the host reads them. */
  void toHost(Collection<INDArray> arrays);

  /** Must be called after the host wrote to held arrays. */
  void hostChanged(Collection<INDArray> arrays);

  /** Declares that arrays do not change until {@link #unpin}, so that they are copied only once. */
  void pin(Collection<INDArray> arrays);

  /** Ends one {@link #pin} of the same arrays; others may remain. */
  void unpin(Collection<INDArray> arrays);

  /**
   * sum = factor · addend, plus the old sum if {@code accumulate}; computed on the device if both
   * are held.
   *
   * @param addend of the sum's shape, whose content may be overwritten; may be the sum unless it
   *     accumulates
   */
  void addScaled(INDArray sum, INDArray addend, double factor, boolean accumulate);

  /** Stops holding arrays; their own memory is up to date afterwards. */
  void release(Collection<INDArray> arrays);
}
