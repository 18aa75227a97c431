package io.github.coconut4j.model.memory;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rows of an array in the host's memory, as double. A few rows are read faster than an op of ND4J
 * starts, whose threads wait for each other on a busy machine. Not thread-safe.
 */
public final class HostRows {

  private final INDArray array;
  private final int width;

  /** Of FLOAT values; null of DOUBLE. */
  private final FloatPointer floats;

  private final DoublePointer doubles;
  private final float[] row;

  /**
   * Rows of an array [..., D], which stays open while they are used.
   *
   * @throws IllegalArgumentException if it is neither FLOAT nor DOUBLE, or not dense
   * @throws IllegalStateException if it was closed
   */
  public HostRows(INDArray array) {
    Pointer values = HostMemory.of(array);
    boolean isFloat = array.dataType() == DataType.FLOAT;
    if ((!isFloat && array.dataType() != DataType.DOUBLE)
        || array.rank() < 1
        || !HostMemory.isDense(array)) {
      throw new IllegalArgumentException(
          "Rows must be FLOAT or DOUBLE and dense in 'c' order, but are "
              + array.dataType()
              + " of the shape "
              + Arrays.toString(array.shape())
              + " and the strides "
              + Arrays.toString(array.stride())
              + ". Pass a copy made by dup('c').");
    }
    this.array = array;
    width = (int) array.size(-1);
    floats = isFloat ? new FloatPointer(values) : null;
    doubles = isFloat ? null : new DoublePointer(values);
    row = new float[isFloat ? width : 0];
  }

  /** Number of values of a row, D. */
  public int width() {
    return width;
  }

  private long first(int index) {
    HostMemory.requireOpen(array);
    if (index < 0 || (index + 1L) * width > array.length()) {
      throw new IndexOutOfBoundsException(
          "Row " + index + " is none of " + Arrays.toString(array.shape()));
    }
    return (long) index * width;
  }

  /**
   * Copies a row to {@code values} from an index on.
   *
   * @throws IndexOutOfBoundsException if there is no such row, or no room for it
   * @throws IllegalStateException if the array was closed
   */
  public void read(int index, double[] values, int at) {
    Objects.checkFromIndexSize(at, width, values.length); // native code does not
    long first = first(index);
    if (floats == null) {
      doubles.position(first).get(values, at, width);
    } else {
      floats.position(first).get(row, 0, width);
      for (int i = 0; i < width; i++) {
        values[at + i] = row[i];
      }
    }
    Reference.reachabilityFence(array); // the pointers do not keep it reachable
  }

  /**
   * Adds {@code values} from an index on to a row.
   *
   * @throws IndexOutOfBoundsException if there is no such row, or fewer values
   * @throws IllegalStateException if the array was closed
   */
  public void add(int index, double[] values, int at) {
    Objects.checkFromIndexSize(at, width, values.length);
    double[] sum = new double[width];
    read(index, sum, 0);
    for (int i = 0; i < width; i++) {
      sum[i] += values[at + i];
    }
    long first = first(index);
    if (floats == null) {
      doubles.position(first).put(sum, 0, width);
    } else {
      for (int i = 0; i < width; i++) {
        row[i] = (float) sum[i];
      }
      floats.position(first).put(row, 0, width);
    }
    HostMemory.written(array);
  }
}
