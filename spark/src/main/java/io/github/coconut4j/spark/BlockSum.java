package io.github.coconut4j.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;

/**
 * Sums a block of gradients over the ranks. Each owns a part of it: it gets what the others have of
 * that part, adds all in pairs in the order of the ranks, and sends the sum to the others.
 *
 * <p>In float32 what is sent, and the sums that come, are the gradients' own memory: a socket
 * copies the rest of a buffer on the heap anew at every write.
 */
@RequiredArgsConstructor
final class BlockSum {

  private static final ByteBuffer[] NOTHING = {};

  /** Floats that are added at a time, of arrays that stay in the processor's cache. */
  private static final int CHUNK = 1 << 12;

  private final int rank;
  private final int size;
  private final Wire wire;
  private final Transfer transfer;

  private final float[] left = new float[CHUNK];
  private final float[] right = new float[CHUNK];

  /** This rank's part as each rank has it. */
  private final List<FloatBuffer> terms = new ArrayList<>();

  /** What comes from each rank; in float32 its term. */
  private final List<ByteBuffer> incoming = new ArrayList<>();

  /** What each rank is sent, where that is not the gradients' memory. */
  private final List<ByteBuffer> outgoing = new ArrayList<>();

  /** Bytes sent by this rank. */
  private long bytesSent;

  /**
   * What a rank owns of a block.
   *
   * @param from index of its first value
   * @param count of its values
   */
  private record Part(long from, int count) {

    static Part of(int rank, int size, long from, int block) {
      long start = from + (long) block * rank / size;
      long end = from + (long) block * (rank + 1) / size;
      return new Part(start, (int) (end - start));
    }
  }

  /**
   * Replaces a block's values by their sums.
   *
   * @param all the gradients
   * @param from index of the block's first value
   * @param block number of its values
   */
  void run(FloatRanges all, long from, int block) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      parts.add(Part.of(i, size, from, block));
    }
    makeRoom(block / size + 1);
    collect(all, parts);
    addInPairs(0, size, parts.get(rank).count());
    share(all, parts);
  }

  long bytesSent() {
    return bytesSent;
  }

  /** Sends the others what this rank has of their parts, and takes what they have of its own. */
  private void collect(FloatRanges all, List<Part> parts) throws IOException {
    Part mine = parts.get(rank);
    List<ByteBuffer[]> out = new ArrayList<>();
    List<ByteBuffer[]> in = new ArrayList<>();
    for (int other = 0; other < size; other++) {
      out.add(other == rank ? NOTHING : written(all, parts.get(other), other));
      in.add(other == rank ? NOTHING : room(other, mine));
    }
    move(out, in);
    all.get(mine.from(), term(rank, mine));
    for (int other = 0; other < size; other++) {
      if (other != rank) {
        FloatBuffer theirs = term(other, mine);
        if (!wire.isMemory()) {
          wire.read(incoming.get(other), theirs);
        }
      }
    }
  }

  /** Sends this rank's sums and takes the others'. All have them as they were written. */
  private void share(FloatRanges all, List<Part> parts) throws IOException {
    Part mine = parts.get(rank);
    all.put(mine.from(), term(0, mine));
    ByteBuffer[] sums = written(all, mine, rank);
    List<ByteBuffer[]> out = new ArrayList<>();
    List<ByteBuffer[]> in = new ArrayList<>();
    for (int other = 0; other < size; other++) {
      Part theirs = parts.get(other);
      out.add(other == rank ? NOTHING : duplicates(sums));
      if (other == rank) {
        in.add(NOTHING);
      } else {
        in.add(wire.isMemory() ? all.memory(theirs.from(), theirs.count()) : room(other, theirs));
      }
    }
    move(out, in);
    for (int other = 0; other < size && !wire.isMemory(); other++) {
      FloatBuffer values = term(0, parts.get(other));
      wire.read(other == rank ? outgoing.get(rank) : incoming.get(other), values);
      all.put(parts.get(other).from(), values);
    }
  }

  private void move(List<ByteBuffer[]> out, List<ByteBuffer[]> in) throws IOException {
    for (ByteBuffer[] buffers : out) {
      for (ByteBuffer buffer : buffers) {
        bytesSent += buffer.remaining();
      }
    }
    transfer.run(out, in);
  }

  /** A part as it goes over the wire. */
  private ByteBuffer[] written(FloatRanges all, Part part, int to) {
    if (wire.isMemory()) {
      return all.memory(part.from(), part.count());
    }
    FloatBuffer values = term(to, part);
    all.get(part.from(), values);
    wire.write(values, outgoing.get(to));
    return new ByteBuffer[] {outgoing.get(to)};
  }

  private static ByteBuffer[] duplicates(ByteBuffer[] buffers) {
    ByteBuffer[] copies = new ByteBuffer[buffers.length];
    for (int i = 0; i < copies.length; i++) {
      copies[i] = buffers[i].duplicate();
    }
    return copies;
  }

  private ByteBuffer[] room(int other, Part part) {
    return new ByteBuffer[] {incoming.get(other).clear().limit(wire.width() * part.count())};
  }

  private FloatBuffer term(int of, Part part) {
    return terms.get(of).clear().limit(part.count());
  }

  /** Leaves the sum of the ranks from {@code from} to {@code to} in the first one's term. */
  private void addInPairs(int from, int to, int count) {
    if (to - from == 1) {
      return;
    }
    int middle = from + (to - from) / 2;
    addInPairs(from, middle, count);
    addInPairs(middle, to, count);
    add(terms.get(from), terms.get(middle), count);
  }

  private void add(FloatBuffer sum, FloatBuffer term, int count) {
    for (int start = 0; start < count; start += CHUNK) {
      int length = Math.min(CHUNK, count - start);
      sum.get(start, left, 0, length);
      term.get(start, right, 0, length);
      for (int i = 0; i < length; i++) {
        left[i] += right[i];
      }
      sum.put(start, left, 0, length);
    }
  }

  private void makeRoom(int floats) {
    if (!terms.isEmpty() && terms.get(0).capacity() >= floats) {
      return;
    }
    terms.clear();
    incoming.clear();
    outgoing.clear();
    for (int i = 0; i < size; i++) {
      incoming.add(direct(wire.width() * floats));
      if (wire.isMemory()) {
        terms.add(incoming.get(i).asFloatBuffer());
      } else {
        terms.add(direct(Float.BYTES * floats).asFloatBuffer());
        outgoing.add(direct(wire.width() * floats));
      }
    }
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
