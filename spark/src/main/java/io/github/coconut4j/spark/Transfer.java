package io.github.coconut4j.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;

/**
 * Sends to and receives from all peers at the same time, on the calling thread. If ranks finished
 * sending before they received, two ranks could wait for each other forever.
 */
final class Transfer implements AutoCloseable {

  private final SocketChannel[] peers;
  private final SelectionKey[] keys;
  private final Selector selector;

  /**
   * Makes a transfer over connections.
   *
   * @param peers connections in non-blocking mode, by rank; null for this rank
   * @throws IOException if the connections cannot be used
   */
  Transfer(SocketChannel[] peers) throws IOException {
    this.peers = peers;
    this.keys = new SelectionKey[peers.length];
    this.selector = Selector.open();
    try {
      for (int i = 0; i < peers.length; i++) {
        if (peers[i] != null) {
          keys[i] = peers[i].register(selector, 0, i);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      selector.close();
      throw e;
    }
  }

  /**
   * Sends and receives everything.
   *
   * @param out buffers to send, by rank, from position to limit; those of this rank are ignored
   * @param in buffers to fill, by rank, from position to limit; those of this rank are ignored
   * @throws IOException if a peer is lost, or the transfer is closed
   */
  void run(List<ByteBuffer[]> out, List<ByteBuffer[]> in) throws IOException {
    try {
      move(out, in);
    } catch (ClosedSelectorException | CancelledKeyException e) {
      throw new IOException("The exchange of gradients was closed.", e);
    }
  }

  private void move(List<ByteBuffer[]> out, List<ByteBuffer[]> in) throws IOException {
    int waiting = 0;
    for (int i = 0; i < peers.length; i++) {
      if (peers[i] != null && move(i, out.get(i), in.get(i))) {
        waiting++;
      }
    }
    Set<SelectionKey> ready = selector.selectedKeys();
    while (waiting > 0) {
      selector.select();
      if (Thread.currentThread().isInterrupted()) { // select() would return at once every time
        throw new ClosedByInterruptException();
      }
      synchronized (ready) { // close() synchronizes on it too, from another thread
        for (SelectionKey key : ready) {
          int peer = (int) key.attachment();
          if (!move(peer, out.get(peer), in.get(peer))) {
            waiting--;
          }
        }
        ready.clear();
      }
    }
  }

  /** Sends and receives as much as possible without waiting; returns whether something is left. */
  private boolean move(int peer, ByteBuffer[] out, ByteBuffer[] in) throws IOException {
    try {
      int interest = 0;
      if (hasRemaining(out)) {
        peers[peer].write(out);
        interest |= hasRemaining(out) ? SelectionKey.OP_WRITE : 0;
      }
      if (hasRemaining(in)) {
        if (peers[peer].read(in) < 0) {
          throw new IOException("it has ended its connection");
        }
        interest |= hasRemaining(in) ? SelectionKey.OP_READ : 0;
      }
      keys[peer].interestOps(interest);
      return interest != 0;
    } catch (IOException e) {
      throw new IOException("Rank " + peer + " is lost: " + e.getMessage(), e);
    }
  }

  private static boolean hasRemaining(ByteBuffer[] buffers) {
    for (ByteBuffer buffer : buffers) {
      if (buffer.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
