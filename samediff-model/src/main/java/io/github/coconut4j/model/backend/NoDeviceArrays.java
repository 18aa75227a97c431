package io.github.coconut4j.model.backend;

import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/** All values are in the arrays' own memory. */
final class NoDeviceArrays implements DeviceArrays {

  @Override
  public void hold(Collection<INDArray> arrays) {
    // The device computes in their memory.
  }

  @Override
  public RunArrays runArrays() {
    return RunArrays.NONE;
  }

  @Override
  public void toHost(Collection<INDArray> arrays) {
    // The values are there.
  }

  @Override
  public void hostChanged(Collection<INDArray> arrays) {
    // The device reads the same memory.
  }

  @Override
  public void pin(Collection<INDArray> arrays) {
    // There are no copies.
  }

  @Override
  public void unpin(Collection<INDArray> arrays) {
    // There are no copies.
  }

  @Override
  public void release(Collection<INDArray> arrays) {
    // There is nothing to copy.
  }

  @Override
  public void addScaled(INDArray sum, INDArray addend, double factor, boolean accumulate) {
    INDArray scaled = addend.muli(factor);
    if (accumulate) {
      sum.addi(scaled);
    } else if (sum != scaled) {
      sum.assign(scaled);
    }
  }
}
