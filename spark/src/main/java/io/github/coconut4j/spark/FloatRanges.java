package io.github.coconut4j.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Buffers of float32 values as one sequence, which may be longer than a buffer can be. */
final class FloatRanges {

  private final List<ByteBuffer> buffers = new ArrayList<>();
  private final long length;

  /**
   * Makes the sequence.
   *
   * @param bytes direct buffers in native byte order; their values from position to limit are used
   * @throws IllegalArgumentException if a buffer is on the heap or in another byte order
   */
  FloatRanges(List<ByteBuffer> bytes) {
    long sum = 0;
    for (ByteBuffer each : bytes) {
      if (!each.isDirect() || each.order() != ByteOrder.nativeOrder()) {
        throw new IllegalArgumentException(
            "Gradients need to be in direct buffers of native byte order but a buffer is "
                + each
                + ", "
                + each.order()
                + ". Pass the arrays' own memory.");
      }
      ByteBuffer floats = each.slice().order(ByteOrder.nativeOrder());
      buffers.add(floats);
      sum += floats.limit() / Float.BYTES;
    }
    length = sum;
  }

  /** Number of values. */
  long length() {
    return length;
  }

  /** The memory of {@code count} values from an index on, not a copy. */
  ByteBuffer[] memory(long from, long count) {
    List<ByteBuffer> memory = new ArrayList<>();
    each(from, count, memory::add);
    return memory.toArray(ByteBuffer[]::new);
  }

  /** Copies values from an index on into {@code target}, from its position to its limit. */
  void get(long from, FloatBuffer target) {
    FloatBuffer rest = target.duplicate();
    each(from, target.remaining(), part -> rest.put(part.asFloatBuffer()));
  }

  /**
   * Replaces values from an index on by those of {@code source}, from its position to its limit.
   */
  void put(long from, FloatBuffer source) {
    FloatBuffer rest = source.duplicate();
    each(
        from,
        source.remaining(),
        part -> {
          FloatBuffer values = part.asFloatBuffer();
          int count = values.remaining();
          values.put(rest.slice(rest.position(), count));
          rest.position(rest.position() + count);
        });
  }

  /**
   * Visits the memory of some values.
   *
   * @param consumer receives it part by part, in order
   */
  private void each(long from, long count, Consumer<ByteBuffer> consumer) {
    long start = 0;
    long to = from + count;
    for (ByteBuffer buffer : buffers) {
      long end = start + buffer.limit() / Float.BYTES;
      if (end > from && start < to) {
        int first = (int) (Math.max(from, start) - start) * Float.BYTES;
        int last = (int) (Math.min(to, end) - start) * Float.BYTES;
        consumer.accept(buffer.slice(first, last - first).order(ByteOrder.nativeOrder()));
      }
      start = end;
    }
  }
}
