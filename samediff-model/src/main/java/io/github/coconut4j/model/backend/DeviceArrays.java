package io.github.coconut4j.model.backend;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays whose newest values a backend may leave in its device's memory. An array's own memory is
 * up to date unless the array is held: who holds it says when the host reads and writes it, so that
 * nothing is copied between two calls of the device.
 */
public interface DeviceArrays {

  /** Of a backend that computes in the arrays' own memory. */
  DeviceArrays NONE = new NoDeviceArrays();

  /** Holds arrays: from now on their newest values may be the device's alone. */
  void hold(Collection<INDArray> arrays);

  /** Holds what the runs of one graph make; its user closes it. */
  RunArrays runArrays();

  /** Brings the newest values of arrays that are held to their own memory: the host reads them. */
  void toHost(Collection<INDArray> arrays);

  /** Says that the host wrote arrays that are held. */
  void hostChanged(Collection<INDArray> arrays);

  /** Says that arrays do not change until {@link #unpin}, so that they are copied once. */
  void pin(Collection<INDArray> arrays);

  /** Ends what {@link #pin} said of the same arrays; others may have said so too. */
  void unpin(Collection<INDArray> arrays);

  /**
   * sum = factor · addend, and what the sum was where {@code accumulate}: on the device, if both
   * are held.
   *
   * @param addend of the sum's shape, whose content may be used up; may be the sum unless it
   *     accumulates
   */
  void addScaled(INDArray sum, INDArray addend, double factor, boolean accumulate);

  /** Ends the hold of arrays, whose own memory is up to date afterwards. */
  void letGo(Collection<INDArray> arrays);
}
