package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.loop.DeviceMemory;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Java arrays under addresses. New ones are NaN, so that a value read before it was written shows.
 */
final class Heap {

  /** Bits of an address within its array. */
  private static final int OFFSET_BITS = 36;

  private final Map<Long, float[]> arrays = new HashMap<>();
  private long made;

  long allocate(long floats) {
    float[] array = new float[Math.toIntExact(floats)];
    Arrays.fill(array, Float.NaN);
    made++;
    arrays.put(made, array);
    return made << OFFSET_BITS;
  }

  void free(long address) {
    arrays.remove(address >>> OFFSET_BITS);
  }

  private float[] array(long address) {
    float[] array = arrays.get(address >>> OFFSET_BITS);
    if (array == null) {
      throw new IllegalStateException("No memory at " + address);
    }
    return array;
  }

  private static int index(long address) {
    return (int) ((address & ((1L << OFFSET_BITS) - 1)) / Float.BYTES);
  }

  float get(Matrix matrix, long row, long column) {
    long address = matrix.row(row) + column * Float.BYTES;
    return array(address)[index(address)];
  }

  void put(Matrix matrix, long row, long column, double value) {
    long address = matrix.row(row) + column * Float.BYTES;
    array(address)[index(address)] = (float) value;
  }

  void add(Matrix matrix, long row, long column, double value) {
    put(matrix, row, column, get(matrix, row, column) + value);
  }

  float[] row(Matrix matrix, long row) {
    float[] values = new float[(int) matrix.columns()];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(matrix, row, i);
    }
    return values;
  }

  void putRow(Matrix matrix, long row, float[] values) {
    for (int i = 0; i < values.length; i++) {
      put(matrix, row, i, values[i]);
    }
  }

  DeviceMemory memory() {
    return new DeviceMemory() {
      private long address;
      private long capacity;

      @Override
      public long require(long floats) {
        if (floats > capacity) {
          close();
          address = allocate(floats);
          capacity = floats;
        }
        return address;
      }

      @Override
      public void close() {
        free(address);
        capacity = 0;
      }
    };
  }
}
