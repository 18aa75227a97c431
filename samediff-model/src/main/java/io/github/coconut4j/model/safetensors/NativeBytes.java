package io.github.coconut4j.model.safetensors;

import io.github.coconut4j.model.memory.HostMemory;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory of a contiguous array in 'c' order as byte buffers, to copy from and to in bulk.
 *
 * <p>The file format is little-endian and so is every processor that ND4J has natives for: bytes
 * are copied as they are.
 */
final class NativeBytes {

  /** A buffer has at most 2 GB, an array may have more. */
  private static final long SLICE_BYTES = 1L << 30;

  private NativeBytes() {}

  /** Moves one slice. */
  @FunctionalInterface
  interface SliceMover {

    /**
     * Moves as many bytes as the slice has.
     *
     * @param offset the slice's first byte, counted from the array's first
     */
    void move(ByteBuffer slice, long offset) throws IOException;
  }

  /** Lets the mover fill the array. */
  static void fill(INDArray array, SliceMover mover) throws IOException {
    forEachSlice(array, mover);
    HostMemory.written(array);
  }

  /** Lets the mover read the array. */
  static void read(INDArray array, SliceMover mover) throws IOException {
    forEachSlice(array, mover);
  }

  private static void forEachSlice(INDArray array, SliceMover mover) throws IOException {
    long bytes = array.length() * array.dataType().width();
    try {
      for (long offset = 0; offset < bytes; offset += SLICE_BYTES) {
        long end = Math.min(bytes, offset + SLICE_BYTES);
        mover.move(HostMemory.bytes(array, offset, end), offset);
      }
    } finally {
      Reference.reachabilityFence(array); // the slices do not hold it
    }
  }
}
