package io.github.coconut4j.spark;

import io.github.coconut4j.train.GradientExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import lombok.Getter;

/**
 * Sums gradients over sockets, block by block (see {@link BlockSum}). With W ranks and N bytes of
 * gradients, each rank sends and receives 2 (W - 1) / W · N bytes, as in a ring, but in two steps.
 *
 * <p>For use by one thread. {@link #close()} may be called from another thread and ends a running
 * sum with an {@link IOException}.
 */
final class SocketExchange implements GradientExchange, AutoCloseable {

  /** Number of values of a block, which bounds the memory needed in addition to the gradients. */
  private static final int BLOCK = 1 << 23;

  private final int rank;
  private final int size;
  private final SocketChannel[] peers;
  private final Transfer transfer;
  private final BlockSum blocks;

  /** Time of the sums in nanoseconds, without waiting for other ranks. */
  @Getter private long nanos;

  /** Number of bytes that this rank has sent outside of blocks. */
  private long bytesSent;

  private SocketExchange(int rank, Wire wire, SocketChannel[] peers) throws IOException {
    this.rank = rank;
    this.size = peers.length;
    this.peers = peers;
    this.transfer = new Transfer(peers);
    this.blocks = new BlockSum(rank, size, wire, transfer);
  }

  /**
   * Connects a rank with all others.
   *
   * @param rank this rank, from 0
   * @param size number of ranks
   * @param host the only address on which this rank listens while it connects
   * @param secret the secret of all ranks
   * @param wire format in which gradients are sent; the same in all ranks
   * @param gather sends a text to all ranks and returns the texts of all ranks in rank order
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
      blocks.run(all, from, (int) Math.min(BLOCK, all.length() - from));
    }
    nanos += System.nanoTime() - start;
    return sum;
  }

  /** Number of bytes that this rank has sent. */
  long getBytesSent() {
    return bytesSent + blocks.bytesSent();
  }

  /** Every rank sends its values, and the number of its gradients, to every other rank. */
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
                "Ranks need the same gradients, but rank %d has %d values and rank %d has %d. Give"
                    + " all ranks the same configuration.",
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

  @Override
  public void close() throws IOException {
    try {
      transfer.close();
    } finally {
      RankSockets.close(peers);
    }
  }
}
