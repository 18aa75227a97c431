package io.github.coconut4j.model.cuda;

import java.util.Arrays;
import java.util.IdentityHashMap;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Cosines and sines of rotary positions. Angles are computed in double precision: in float, an
 * angle of some thousands would be off by 1e-4.
 */
final class RotaryTables implements AutoCloseable {

  private static final int FIRST_POSITIONS = 256;

  private final Gpu gpu;
  private final IdentityHashMap<double[], Table> tables = new IdentityHashMap<>();

  RotaryTables(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Cosines and after them sines, each [positions, half], in GPU memory. */
  static final class Table {

    private final GpuMemory memory;
    private final int half;
    private int positions;

    private Table(GpuMemory memory, int half) {
      this.memory = memory;
      this.half = half;
    }

    long cosines() {
      return memory.require(0);
    }

    long sines() {
      return cosines() + (long) positions * half * Float.BYTES;
    }
  }

  /** The table of some frequencies, with at least the rows of these positions. */
  Table of(double[] frequencies, int[] positionIds) {
    Table table =
        tables.computeIfAbsent(
            frequencies, key -> new Table(new GpuMemory(gpu), frequencies.length));
    int largest = Arrays.stream(positionIds).max().orElse(0);
    if (largest >= table.positions) {
      int rows = Math.max(FIRST_POSITIONS, Math.max(largest + 1, 2 * table.positions));
      fill(table, frequencies, rows);
    }
    return table;
  }

  private void fill(Table table, double[] frequencies, int rows) {
    float[] values = new float[Math.toIntExact(2L * rows * table.half)];
    for (int position = 0; position < rows; position++) {
      for (int j = 0; j < table.half; j++) {
        double angle = position * frequencies[j];
        values[position * table.half + j] = (float) Math.cos(angle);
        values[(rows + position) * table.half + j] = (float) Math.sin(angle);
      }
    }
    table.positions = 0; // until the rows are copied
    long address = table.memory.require(values.length);
    try (FloatPointer host = new FloatPointer(values)) {
      gpu.upload(host, address, (long) values.length * Float.BYTES);
    }
    table.positions = rows;
  }

  @Override
  public void close() {
    tables.values().forEach(table -> table.memory.close());
    tables.clear();
  }
}
