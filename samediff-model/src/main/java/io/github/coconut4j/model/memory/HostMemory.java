package io.github.coconut4j.model.memory;

import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The only class that accesses the native memory of ND4J's arrays.
 *
 * <p>Bytes are little-endian: all processors that ND4J has native libraries for are.
 */
public final class HostMemory {

  /** A buffer holds at most 2 GB; an array may be larger. */
  private static final long SLICE_BYTES = 1L << 30;

  private HostMemory() {}

  /** Copies one slice of an array's bytes. */
  @FunctionalInterface
  public interface SliceMover {

    /**
     * Copies as many bytes as the slice has; the slice must not be used afterwards.
     *
     * @param offset the slice's first byte, counted from the array's first
     */
    void move(ByteBuffer slice, long offset) throws IOException;
  }

  /**
   * The start of an array's values in the host's memory, updated first if a device holds newer
   * ones. The pointer is valid as long as the array is open.
   *
   * @throws IllegalStateException if the array was closed
   */
  public static Pointer of(INDArray array) {
    requireOpen(array);
    Nd4j.getAffinityManager().ensureLocation(array, Location.HOST);
    return array.data().addressPointer();
  }

  /**
   * Has the mover fill an array, slice by slice.
   *
   * @throws IllegalArgumentException if the array is not dense
   * @throws IllegalStateException if it was closed
   */
  public static void fill(INDArray array, SliceMover mover) throws IOException {
    read(array, mover);
    written(array);
  }

  /**
   * Has the mover read an array, slice by slice.
   *
   * @throws IllegalArgumentException if the array is not dense
   * @throws IllegalStateException if it was closed
   */
  public static void read(INDArray array, SliceMover mover) throws IOException {
    try {
      long offset = 0;
      for (ByteBuffer slice : slices(array)) {
        long bytes = slice.remaining();
        mover.move(slice, offset);
        offset += bytes;
      }
    } finally {
      Reference.reachabilityFence(array); // the slices do not keep it reachable
    }
  }

  /**
   * An array's bytes in native order. The buffers do not keep the array reachable, so the caller
   * must. After writing to them call {@link #written}.
   *
   * @throws IllegalArgumentException if the array is not dense
   * @throws IllegalStateException if it was closed
   */
  public static List<ByteBuffer> slices(INDArray array) {
    requireOpen(array);
    if (!isDense(array)) {
      throw new IllegalArgumentException(
          "An array must be dense and in 'c' order for its bytes to be copied, but has the shape "
              + Arrays.toString(array.shape())
              + " and the strides "
              + Arrays.toString(array.stride())
              + ". Pass a copy made by dup('c').");
    }
    long bytes = array.length() * array.dataType().width();
    List<ByteBuffer> slices = new ArrayList<>();
    for (long offset = 0; offset < bytes; offset += SLICE_BYTES) {
      long end = Math.min(bytes, offset + SLICE_BYTES);
      slices.add(
          new BytePointer(of(array))
              .position(offset)
              .limit(end)
              .asByteBuffer()
              .order(ByteOrder.nativeOrder()));
    }
    return slices;
  }

  /** Whether an array's values are contiguous in 'c' order. */
  public static boolean isDense(INDArray array) {
    long expected = 1;
    for (int dimension = array.rank() - 1; dimension >= 0; dimension--) {
      if (array.size(dimension) != 1 && array.stride(dimension) != expected) {
        return array.length() == 0;
      }
      expected *= array.size(dimension);
    }
    return true;
  }

  /**
   * Rejects freed memory, which must not be read or written.
   *
   * @throws IllegalArgumentException if the array is null
   * @throws IllegalStateException if the array was closed
   */
  public static void requireOpen(INDArray array) {
    Arguments.requireNonNull(array, "array", "Give the array whose memory is used.");
    if (array.wasClosed()) {
      throw new IllegalStateException(
          "An array must be open when its memory is used, but it was closed before. Close a model's"
              + " weights after the model and its decoders.");
    }
  }

  /** Tells ND4J that the host's memory has an array's newest values. */
  public static void written(INDArray array) {
    Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
  }
}
