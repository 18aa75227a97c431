package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.memory.HostMemory;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks before an array's memory is given to a device's operations: these read and write as many
 * values as the required shape has, and check nothing.
 */
public final class DeviceCheck {

  private DeviceCheck() {}

  /**
   * Checks that a device was not closed, since its operations' memory is freed then.
   *
   * @throws IllegalStateException if it was
   */
  public static void requireOpen(boolean open) {
    if (!open) {
      throw new IllegalStateException(
          "The fused kernels must be open when they compute, but were closed before this call."
              + " Close a model after its last use, or open it again.");
    }
  }

  /**
   * Checks that an array holds float32.
   *
   * @param name of the array, for messages
   * @throws IllegalArgumentException if it has another type
   * @throws IllegalStateException if it was closed
   */
  public static void requireFloat(INDArray array, String name) {
    HostMemory.requireOpen(array);
    if (array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "The fused kernels compute in FLOAT, but %s has the type %s. Use the unrolled loop for other types."
              .formatted(name, array.dataType()));
    }
  }

  /**
   * Checks that an array has exactly a shape.
   *
   * @param name of the array, for messages
   * @throws IllegalArgumentException if it has another shape
   * @throws IllegalStateException if it was closed
   */
  public static void requireShape(INDArray array, String name, long... shape) {
    HostMemory.requireOpen(array);
    if (!Arrays.equals(array.shape(), shape)) {
      throw new IllegalArgumentException(
          "The fused kernels need %s of shape %s, but were given %s."
              .formatted(name, Arrays.toString(shape), Arrays.toString(array.shape())));
    }
  }

  /**
   * Checks that an array's values follow each other without gaps.
   *
   * @param name of the array, for messages
   * @throws IllegalArgumentException if they do not
   * @throws IllegalStateException if it was closed
   */
  public static void requireDense(INDArray array, String name) {
    HostMemory.requireOpen(array);
    if (!HostMemory.isDense(array)) {
      throw new IllegalArgumentException(
          "The fused kernels use dense arrays in 'c' order, but %s has the strides %s. Pass a copy made by dup('c')."
              .formatted(name, Arrays.toString(array.stride())));
    }
  }

  /**
   * Checks that keys and values of so many time steps have room where they are stored.
   *
   * @throws IllegalStateException if they have not
   */
  public static void requireRoom(int steps, int capacity) {
    if (steps > capacity) {
      throw new IllegalStateException(
          "Keys and values must have room for every time step, but there are "
              + steps
              + " steps and room for "
              + capacity
              + ". Make room for more steps first.");
    }
  }
}
