package io.github.coconut4j.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Buffers of floats one after the other, as one sequence that may be longer than a buffer can. */
final class FloatRanges {

  private final List<FloatBuffer> buffers = new ArrayList<>();
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
      FloatBuffer floats = each.slice().order(ByteOrder.nativeOrder()).asFloatBuffer();
      buffers.add(floats);
      sum += floats.limit();
    }
    length = sum;
  }

  /** Number of floats. */
  long length() {
    return length;
  }

  /** Copies floats out, or in. */
  private interface Mover {
    void move(FloatBuffer part);
  }

  /** Fills {@code target}, from position to limit, with the values from an index on. */
  void get(long from, FloatBuffer target) {
    FloatBuffer rest = target.duplicate();
    each(from, target.remaining(), rest::put);
  }

  /** Sets the values from an index on to those of {@code source}, from position to limit. */
  void put(long from, FloatBuffer source) {
    FloatBuffer rest = source.duplicate();
    each(
        from,
        source.remaining(),
        part -> {
          FloatBuffer piece = rest.slice().limit(part.remaining());
          rest.position(rest.position() + part.remaining());
          part.put(piece);
        });
  }

  private void each(long from, long count, Mover mover) {
    long start = 0;
    long to = from + count;
    for (FloatBuffer buffer : buffers) {
      long end = start + buffer.limit();
      if (end > from && start < to) {
        int first = (int) (Math.max(from, start) - start);
        int last = (int) (Math.min(to, end) - start);
        mover.move(buffer.slice(first, last - first));
      }
      start = end;
    }
  }
}
