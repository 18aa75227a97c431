package io.github.coconut4j.spark;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;

/**
 * Connects every rank of a training with every other. A rank connects to the ranks before it and
 * accepts connections from the ranks after it. When all ranks are connected it stops listening.
 */
@Slf4j
@RequiredArgsConstructor
final class RankSockets {

  private static final int HANDSHAKE_MILLIS = 10_000;
  private static final int CONNECT_MILLIS = 30_000;
  private static final long ALL_SECONDS = 120;

  /** Number of handshakes at the same time; a foreign client may stay silent for ten seconds. */
  private static final int MOST_CALLERS = 64;

  private final int rank;
  private final int size;
  private final Secret secret;

  /** A connection whose rank has proved that it knows the secret. */
  private record Caller(int rank, SocketChannel channel) {}

  /**
   * Connects this rank with all others.
   *
   * @param host the only address on which this rank listens
   * @param gather sends a text to all ranks and returns the texts of all ranks in rank order
   * @return the connections by rank, in non-blocking mode; null for this rank
   * @throws IOException if a rank cannot be reached, or does not connect within two minutes
   */
  SocketChannel[] connect(String host, Function<String, String[]> gather) throws IOException {
    SocketChannel[] peers = new SocketChannel[size];
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(host, 0), size);
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      String[] addresses = gather.apply(port + " " + host);
      for (int other = 0; other < rank; other++) {
        peers[other] = call(other, addresses[other]);
      }
      answer(server, peers);
      return peers;
    } catch (IOException | RuntimeException | Error e) {
      close(peers);
      throw e;
    }
  }

  private SocketChannel call(int other, String address) throws IOException {
    String[] parts = address.split(" ", 2);
    SocketChannel channel = SocketChannel.open();
    try {
      Socket socket = channel.socket();
      socket.connect(new InetSocketAddress(parts[1], Integer.parseInt(parts[0])), CONNECT_MILLIS);
      socket.setSoTimeout(HANDSHAKE_MILLIS);
      secret.call(input(socket), output(socket), rank, other);
      return ready(channel);
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Rank %d cannot reach rank %d at %s: %s. Allow executors to reach each other's"
                  + " ports.",
              rank,
              other,
              address,
              e.getMessage()),
          e);
    }
  }

  private void answer(ServerSocketChannel server, SocketChannel[] peers) throws IOException {
    BlockingQueue<Caller> callers = new ArrayBlockingQueue<>(MOST_CALLERS + size);
    ExecutorService threads =
        new ThreadPoolExecutor(
            1, MOST_CALLERS, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), RankSockets::daemon);
    Thread listener = daemon(() -> listen(server, threads, callers));
    listener.start();
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ALL_SECONDS);
      for (int missing = size - 1 - rank; missing > 0; ) {
        Caller caller = callers.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (caller == null) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "Rank %d waited %d s, but %d ranks have not connected. Allow executors to reach"
                      + " each other's ports.",
                  rank,
                  ALL_SECONDS,
                  missing));
        }
        if (caller.rank() > rank && caller.rank() < size && peers[caller.rank()] == null) {
          peers[caller.rank()] = caller.channel();
          missing--;
        } else {
          caller.channel().close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Rank " + rank + " was stopped while it waited for other ranks.", e);
    } finally {
      server.close();
      threads.shutdownNow();
      awaitEnd(listener, threads); // the listener may keep the port open until it ends
      callers.forEach(caller -> close(caller.channel()));
    }
  }

  private static void awaitEnd(Thread listener, ExecutorService threads) {
    try {
      listener.join();
      threads.awaitTermination(HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "rank-sockets");
    thread.setDaemon(true);
    return thread;
  }

  private void listen(
      ServerSocketChannel server, ExecutorService threads, BlockingQueue<Caller> callers) {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        try {
          threads.execute(() -> handshake(channel, callers));
        } catch (RuntimeException e) { // too many handshakes at once
          channel.close();
        }
      } catch (IOException e) {
        if (server.isOpen()) {
          log.warn("A connection could not be accepted: {}", e.toString());
        }
      }
    }
  }

  private void handshake(SocketChannel channel, BlockingQueue<Caller> callers) {
    Socket socket = channel.socket();
    try {
      socket.setSoTimeout(HANDSHAKE_MILLIS);
      int caller = secret.answer(input(socket), output(socket), rank);
      callers.add(new Caller(caller, ready(channel)));
    } catch (IOException e) {
      log.warn("Rejected a connection from {}: {}", socket.getRemoteSocketAddress(), e.toString());
      close(channel);
    }
  }

  private static DataInputStream input(Socket socket) throws IOException {
    return new DataInputStream(socket.getInputStream());
  }

  private static DataOutputStream output(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  private static SocketChannel ready(SocketChannel channel) throws IOException {
    channel.socket().setSoTimeout(0);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    channel.configureBlocking(false);
    return channel;
  }

  static void close(SocketChannel... channels) {
    for (SocketChannel channel : channels) {
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          log.debug("A connection could not be closed", e);
        }
      }
    }
  }
}
