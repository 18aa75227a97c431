package io.github.coconut4j.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;

/**
 * Sums a block of gradients over all ranks. Each rank owns one part of the block. It receives the
 * other ranks' values of its part, adds them in pairs in rank order, and sends the sums to all
 * others (a reduce-scatter followed by an all-gather).
 *
 * <p>In float32 the gradients' own memory is sent, and sums are received into it. Buffers on the
 * heap would be slower: a socket copies the whole rest of such a buffer at every write.
 */
@RequiredArgsConstructor
final class BlockSum {

  private static final ByteBuffer[] NOTHING = {};

  /** Number of values added at a time, small enough for the processor's cache. */
  private static final int CHUNK = 1 << 12;

  private final int rank;
  private final int size;
  private final Wire wire;
  private final Transfer transfer;

  private final float[] left = new float[CHUNK];
  private final float[] right = new float[CHUNK];

  /** Values of this rank's part, by rank. */
  private final List<FloatBuffer> terms = new ArrayList<>();

  /** Bytes received, by rank; in float32 the memory of {@link #terms}. */
  private final List<ByteBuffer> incoming = new ArrayList<>();

  /** Bytes to send, by rank; empty in float32, which sends the gradients' memory. */
  private final List<ByteBuffer> outgoing = new ArrayList<>();

  /** Number of bytes that this rank has sent. */
  private long bytesSent;

  /**
   * The part of a block that a rank owns.
   *
   * @param from index of the first value
   * @param count number of values
   */
  private record Part(long from, int count) {

    static Part of(int rank, int size, long from, int block) {
      long start = from + (long) block * rank / size;
      long end = from + (long) block * (rank + 1) / size;
      return new Part(start, (int) (end - start));
    }
  }

  /**
   * Replaces the values of a block by their sums over all ranks.
   *
   * @param all the gradients
   * @param from index of the block's first value
   * @param block number of the block's values
   * @throws IOException if a rank is lost
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

  /** Number of bytes that this rank has sent in all blocks. */
  long bytesSent() {
    return bytesSent;
  }

  /** Sends the other ranks this rank's values of their parts, and receives theirs of its own. */
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

  /**
   * Sends this rank's sums and receives those of the others. Every rank, also the owner, uses the
   * sums as they are sent, so that rounding to bfloat16 gives all ranks the same values.
   */
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

  /** The bytes to send of a part. */
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

  /** Adds the terms of ranks {@code from} (inclusive) to {@code to} (exclusive) into the first. */
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
