package io.github.coconut4j.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Buffers of floats one after the other, as one sequence that may be longer than a buffer can. */
final class FloatRanges {

  private final List<ByteBuffer> buffers = new ArrayList<>();
  private final long length;

  FloatRanges(List<ByteBuffer> bytes) {
    long sum = 0;
    for (ByteBuffer each : bytes) {
      if (!each.isDirect() || each.order() != ByteOrder.nativeOrder()) {
        throw new IllegalArgumentException(
            "Gradients to exchange need to be in direct buffers of native order but a buffer is "
                + each
                + ", "
                + each.order()
                + ". Pass buffers of arrays' own memory.");
      }
      ByteBuffer floats = each.slice().order(ByteOrder.nativeOrder());
      buffers.add(floats);
      sum += floats.limit() / Float.BYTES;
    }
    length = sum;
  }

  /** Number of floats. */
  long length() {
    return length;
  }

  /** Takes the memory of some floats, in their order. */
  private interface Taker {
    void take(ByteBuffer part);
  }

  /** The memory itself of the values from an index on. */
  ByteBuffer[] memory(long from, long count) {
    List<ByteBuffer> memory = new ArrayList<>();
    each(from, count, memory::add);
    return memory.toArray(ByteBuffer[]::new);
  }

  /** Fills {@code target}, from position to limit, with the values from an index on. */
  void get(long from, FloatBuffer target) {
    FloatBuffer rest = target.duplicate();
    each(from, target.remaining(), part -> rest.put(part.asFloatBuffer()));
  }

  /** Sets the values from an index on to those of {@code source}, from position to limit. */
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

  private void each(long from, long count, Taker taker) {
    long start = 0;
    long to = from + count;
    for (ByteBuffer buffer : buffers) {
      long end = start + buffer.limit() / Float.BYTES;
      if (end > from && start < to) {
        int first = (int) (Math.max(from, start) - start) * Float.BYTES;
        int last = (int) (Math.min(to, end) - start) * Float.BYTES;
        taker.take(buffer.slice(first, last - first).order(ByteOrder.nativeOrder()));
      }
      start = end;
    }
  }
}
