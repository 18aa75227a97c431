package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** Native memory for one thread's kernel arguments. A launch copies them before it returns. */
final class LaunchArguments {

  private static final int MOST = 32;

  /** Bytes between arguments: the largest argument, and a multiple of every alignment. */
  private static final int SLOT = 4096;

  private final BytePointer slots = new BytePointer((long) SLOT * MOST);
  private final PointerPointer<Pointer> pointers = new PointerPointer<>(MOST);

  LaunchArguments() {
    for (int i = 0; i < MOST; i++) {
      pointers.put(i, slots.getPointer((long) SLOT * i));
    }
  }

  /** Launches a kernel and returns the driver's status. */
  int launch(CUfunc_st function, Grid grid, CUstream_st stream, Object... values) {
    for (int i = 0; i < values.length; i++) {
      put((long) SLOT * i, values[i]);
    }
    return cuLaunchKernel(
        function,
        Math.toIntExact(grid.blocks()),
        Math.toIntExact(grid.blocksY()),
        1,
        grid.threads(),
        grid.threadsY(),
        1,
        0,
        stream,
        pointers,
        (PointerPointer<Pointer>) null);
  }

  private void put(long at, Object value) {
    if (value instanceof Long number) {
      slots.putLong(at, number);
    } else if (value instanceof Integer number) {
      slots.putInt(at, number);
    } else if (value instanceof Float number) {
      slots.putFloat(at, number);
    } else {
      slots.getPointer(at).put((byte[]) value);
    }
  }
}
