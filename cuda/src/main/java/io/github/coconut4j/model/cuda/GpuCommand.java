package io.github.coconut4j.model.cuda;

import java.util.Arrays;

/** One command of a GPU's stream. Equal commands do the same with the same memory. */
interface GpuCommand {

  /** Puts the command on the GPU's stream. */
  void run(DriverGpu gpu);

  /** Copies within the GPU's memory. */
  record Copy(long from, long to, long bytes) implements GpuCommand {

    @Override
    public void run(DriverGpu gpu) {
      gpu.copy(from, to, bytes);
    }
  }

  /** Sets floats to 0. */
  record Clear(long address, long floats) implements GpuCommand {

    @Override
    public void run(DriverGpu gpu) {
      gpu.clear(address, floats);
    }
  }

  /** Launches a kernel. */
  final class Launch implements GpuCommand {

    private final String kernel;
    private final Grid grid;

    /** Long for pointers and 64-bit numbers, Integer, Float, or byte[] for a structure. */
    private final Object[] values;

    private final int hash;

    /**
     * Makes a launch.
     *
     * @param values the kernel's arguments; not copied, so they must not change
     */
    Launch(String kernel, Grid grid, Object... values) {
      this.kernel = kernel;
      this.grid = grid;
      this.values = values;
      hash = 31 * (31 * kernel.hashCode() + grid.hashCode()) + Arrays.deepHashCode(values);
    }

    @Override
    public void run(DriverGpu gpu) {
      gpu.launch(kernel, grid, values);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Launch launch
          && hash == launch.hash
          && kernel.equals(launch.kernel)
          && grid.equals(launch.grid)
          && Arrays.deepEquals(values, launch.values);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
