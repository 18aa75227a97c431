package io.github.coconut4j.model.memory;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The one place where the native memory of ND4J's arrays is taken. */
public final class HostMemory {

  private HostMemory() {}

  /**
   * The start of an array's values in the host's memory, brought up to date where a device holds
   * newer ones. The pointer is valid as long as the array is.
   *
   * @throws IllegalStateException if the array was closed
   */
  public static Pointer of(INDArray array) {
    requireOpen(array);
    Nd4j.getAffinityManager().ensureLocation(array, Location.HOST);
    return array.data().addressPointer();
  }

  /**
   * Part of a contiguous array's bytes, to copy from and to in bulk. The buffer does not hold the
   * array: who uses it keeps the array reachable, and open, until it was used for the last time.
   *
   * @param from first byte
   * @param to byte after the last, at most 2 GB further
   * @throws IndexOutOfBoundsException if the array has no such bytes
   * @throws IllegalStateException if the array was closed
   */
  public static ByteBuffer bytes(INDArray array, long from, long to) {
    Objects.checkFromToIndex(from, to, array.length() * array.dataType().width());
    return new BytePointer(of(array)).position(from).limit(to).asByteBuffer();
  }

  /**
   * Refuses freed memory, which must be neither read nor written.
   *
   * @throws IllegalStateException if the array was closed
   */
  public static void requireOpen(INDArray array) {
    if (array.wasClosed()) {
      throw new IllegalStateException(
          "An array must be open when its memory is used, but it was closed before. Close a model's"
              + " weights after the model and its decoders.");
    }
  }

  /** Tells ND4J that an array's newest values are those in the host's memory. */
  public static void written(INDArray array) {
    Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
  }
}
