package io.github.coconut4j.spark;

import io.github.coconut4j.train.GradientExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import lombok.Getter;

/**
 * Sums over sockets: of every block each rank owns a part, adds what all ranks have of it, in pairs
 * in the order of the ranks, and sends the sum to all. With W ranks and N bytes each rank sends and
 * receives 2 (W - 1) / W · N bytes, as in a ring, in two steps.
 *
 * <p>It serves one thread; {@link #close()} may come from another and ends a sum under way.
 */
final class SocketExchange implements GradientExchange, AutoCloseable {

  /** Floats of a block, all parts together: what is held beside the gradients. */
  private static final int BLOCK = 1 << 23;

  private static final ByteBuffer[] EMPTY = {};

  private final int rank;
  private final int size;
  private final Wire wire;
  private final SocketChannel[] peers;
  private final Transfer transfer;

  /** This rank's part of a block as each rank has it, and what is sent and received of it. */
  private final List<FloatBuffer> parts = new ArrayList<>();

  private final List<ByteBuffer> outgoing = new ArrayList<>();
  private final List<ByteBuffer> incoming = new ArrayList<>();

  /** Time of sums after all ranks were there, in nanoseconds. */
  @Getter private long nanos;

  /** Bytes sent by this rank. */
  @Getter private long bytesSent;

  private SocketExchange(int rank, Wire wire, SocketChannel[] peers) throws IOException {
    this.rank = rank;
    this.size = peers.length;
    this.wire = wire;
    this.peers = peers;
    this.transfer = new Transfer(peers);
  }

  /**
   * Connects a rank with all others.
   *
   * @param host this machine's address, on which alone it listens
   * @param secret of all ranks
   * @param gather tells all ranks a text and gives all ranks' texts in their order
   * @throws IOException if a rank cannot be reached
   */
  static SocketExchange connect(
      int rank, int size, String host, Secret secret, Wire wire, Function<String, String[]> gather)
      throws IOException {
    SocketChannel[] peers = new RankSockets(rank, size, secret).connect(host, gather);
    try {
      return new SocketExchange(rank, wire, peers);
    } catch (IOException e) {
      RankSockets.close(peers);
      throw e;
    }
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public double[] sum(List<ByteBuffer> floats, double[] values) throws IOException {
    FloatRanges all = new FloatRanges(floats);
    double[] sum = sum(values, all.length());
    final long start = System.nanoTime();
    for (long from = 0; from < all.length(); from += BLOCK) {
      sumBlock(all, from, (int) Math.min(BLOCK, all.length() - from));
    }
    nanos += System.nanoTime() - start;
    return sum;
  }

  /** Everyone sends all values to everyone, and how many floats follow. */
  private double[] sum(double[] values, long floats) throws IOException {
    int bytes = Long.BYTES * (1 + values.length);
    List<ByteBuffer[]> out = new ArrayList<>();
    List<ByteBuffer[]> in = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ByteBuffer mine = ByteBuffer.allocate(bytes).putLong(floats);
      for (double value : values) {
        mine.putDouble(value);
      }
      out.add(new ByteBuffer[] {mine.flip()});
      in.add(new ByteBuffer[] {ByteBuffer.allocate(bytes)});
    }
    transfer.run(out, in);
    bytesSent += (long) bytes * (size - 1);
    double[][] all = new double[size][];
    for (int i = 0; i < size; i++) {
      ByteBuffer theirs = i == rank ? out.get(i)[0] : in.get(i)[0].flip();
      long theirFloats = theirs.getLong();
      if (theirFloats != floats) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Ranks need the same gradients, but rank %d has %d values and rank %d %d. Give all the same configuration.",
                rank,
                floats,
                i,
                theirFloats));
      }
      all[i] = new double[values.length];
      for (int j = 0; j < values.length; j++) {
        all[i][j] = theirs.getDouble();
      }
    }
    return inPairs(all, 0, size);
  }

  private static double[] inPairs(double[][] all, int from, int to) {
    if (to - from == 1) {
      return all[from];
    }
    int middle = from + (to - from) / 2;
    double[] left = inPairs(all, from, middle);
    double[] right = inPairs(all, middle, to);
    for (int i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
    return left;
  }

  private static long start(long from, int block, int part, int size) {
    return from + (long) block * part / size;
  }

  private void sumBlock(FloatRanges all, long from, int block) throws IOException {
    int mine = (int) (start(from, block, rank + 1, size) - start(from, block, rank, size));
    makeRoom(block / size + 1);
    List<ByteBuffer[]> out = new ArrayList<>();
    List<ByteBuffer[]> in = new ArrayList<>();
    for (int other = 0; other < size; other++) {
      long start = start(from, block, other, size);
      int count = (int) (start(from, block, other + 1, size) - start);
      FloatBuffer part = parts.get(rank).clear().limit(count);
      if (other != rank && count > 0) {
        all.get(start, part);
        wire.write(part, outgoing.get(other));
      }
      out.add(other == rank || count == 0 ? EMPTY : new ByteBuffer[] {outgoing.get(other)});
      in.add(other == rank || mine == 0 ? EMPTY : filledTo(incoming.get(other), mine));
      bytesSent += other == rank ? 0 : (long) wire.width() * count;
    }
    transfer.run(out, in);
    all.get(start(from, block, rank, size), parts.get(rank).clear().limit(mine));
    for (int other = 0; other < size; other++) {
      if (other != rank) {
        wire.read(incoming.get(other), parts.get(other).clear().limit(mine));
      }
    }
    addInPairs(0, size, mine);
    share(all, from, block, mine);
  }

  private ByteBuffer[] filledTo(ByteBuffer buffer, int count) {
    return new ByteBuffer[] {buffer.clear().limit(wire.width() * count)};
  }

  /** Leaves the sum of the ranks from {@code from} to {@code to} in the first one's part. */
  private void addInPairs(int from, int to, int count) {
    if (to - from == 1) {
      return;
    }
    int middle = from + (to - from) / 2;
    addInPairs(from, middle, count);
    addInPairs(middle, to, count);
    FloatBuffer left = parts.get(from);
    FloatBuffer right = parts.get(middle);
    for (int i = 0; i < count; i++) {
      left.put(i, left.get(i) + right.get(i));
    }
  }

  /** Sends this rank's sums and takes the others'. All have them as they were written. */
  private void share(FloatRanges all, long from, int block, int mine) throws IOException {
    FloatBuffer sum = parts.get(0).clear().limit(mine);
    List<ByteBuffer[]> out = new ArrayList<>();
    List<ByteBuffer[]> in = new ArrayList<>();
    ByteBuffer written = outgoing.get(rank);
    wire.write(sum, written);
    for (int other = 0; other < size; other++) {
      int count = (int) (start(from, block, other + 1, size) - start(from, block, other, size));
      out.add(other == rank || mine == 0 ? EMPTY : new ByteBuffer[] {written.duplicate()});
      in.add(other == rank || count == 0 ? EMPTY : filledTo(incoming.get(other), count));
      bytesSent += other == rank ? 0 : (long) wire.width() * mine;
    }
    transfer.run(out, in);
    for (int other = 0; other < size; other++) {
      long start = start(from, block, other, size);
      FloatBuffer part =
          parts.get(0).clear().limit((int) (start(from, block, other + 1, size) - start));
      wire.read(other == rank ? written : incoming.get(other), part);
      all.put(start, part);
    }
  }

  private void makeRoom(int floats) {
    if (parts.isEmpty() || parts.get(0).capacity() < floats) {
      parts.clear();
      outgoing.clear();
      incoming.clear();
      for (int i = 0; i < size; i++) {
        parts.add(direct(Float.BYTES * floats).asFloatBuffer());
        outgoing.add(direct(wire.width() * floats));
        incoming.add(direct(wire.width() * floats));
      }
    }
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() throws IOException {
    transfer.close();
    RankSockets.close(peers);
  }
}
