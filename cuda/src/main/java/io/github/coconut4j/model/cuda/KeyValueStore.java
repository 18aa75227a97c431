package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.DeviceCheck;

/** Keys and values of one layer, each [sequences, capacity, width], and sums of their gradients. */
final class KeyValueStore implements AutoCloseable {

  private final Gpu gpu;
  private final int width;
  private GpuMemory keys;
  private GpuMemory values;
  private final GpuMemory keySums;
  private final GpuMemory valueSums;
  private int sequences;
  private int capacity;

  KeyValueStore(Gpu gpu, int width) {
    this.gpu = gpu;
    this.width = width;
    keys = new GpuMemory(gpu);
    values = new GpuMemory(gpu);
    keySums = new GpuMemory(gpu);
    valueSums = new GpuMemory(gpu);
  }

  void start(int newSequences, int newCapacity, boolean training) {
    sequences = newSequences;
    capacity = newCapacity;
    keys.require(floats());
    values.require(floats());
    if (training) {
      keySums.require(floats());
      valueSums.require(floats());
    }
  }

  private long floats() {
    return (long) sequences * capacity * width;
  }

  private long sequenceBytes(int steps) {
    return (long) steps * width * Float.BYTES;
  }

  void clearSums() {
    gpu.clear(keySums(), floats());
    gpu.clear(valueSums(), floats());
  }

  /** Keeps some sequences. They ascend, so none is overwritten before it is moved. */
  void retain(int[] kept) {
    long bytes = sequenceBytes(capacity);
    for (int i = 0; i < kept.length; i++) {
      if (kept[i] != i) {
        gpu.copy(keys() + kept[i] * bytes, keys() + i * bytes, bytes);
        gpu.copy(values() + kept[i] * bytes, values() + i * bytes, bytes);
      }
    }
    sequences = kept.length;
  }

  /** Appends another store's sequences. Is unchanged if there is not enough memory. */
  void join(KeyValueStore others, int ownSteps, int newCapacity) {
    int total = sequences + others.sequences;
    GpuMemory allKeys = new GpuMemory(gpu);
    GpuMemory allValues = new GpuMemory(gpu);
    try {
      allKeys.require((long) total * newCapacity * width);
      allValues.require((long) total * newCapacity * width);
    } catch (OutOfMemoryError e) {
      allKeys.close();
      allValues.close();
      throw e;
    }
    copy(this, ownSteps, allKeys, allValues, 0, newCapacity);
    copy(others, others.capacity, allKeys, allValues, sequences, newCapacity);
    keys.close();
    values.close();
    keys = allKeys;
    values = allValues;
    sequences = total;
    capacity = newCapacity;
  }

  private void copy(
      KeyValueStore from, int steps, GpuMemory allKeys, GpuMemory allValues, int first, int room) {
    for (int b = 0; b < from.sequences; b++) {
      long source = b * sequenceBytes(from.capacity);
      long target = (first + b) * sequenceBytes(room);
      gpu.copy(from.keys() + source, allKeys.require(0) + target, sequenceBytes(steps));
      gpu.copy(from.values() + source, allValues.require(0) + target, sequenceBytes(steps));
    }
  }

  /**
   * Checks that there is room for time steps before this one: a kernel writes without a check.
   *
   * @throws IllegalStateException if there is none
   */
  void requireRoom(int steps) {
    DeviceCheck.requireRoom(steps, capacity);
  }

  int width() {
    return width;
  }

  int sequences() {
    return sequences;
  }

  int capacity() {
    return capacity;
  }

  long keys() {
    return keys.require(0);
  }

  long values() {
    return values.require(0);
  }

  long keySums() {
    return keySums.require(0);
  }

  long valueSums() {
    return valueSums.require(0);
  }

  @Override
  public void close() {
    keys.close();
    values.close();
    keySums.close();
    valueSums.close();
  }
}
