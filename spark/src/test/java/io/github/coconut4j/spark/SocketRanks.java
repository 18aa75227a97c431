package io.github.coconut4j.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Ranks on threads of this process, connected by sockets. */
final class SocketRanks {

  static final String HERE = "127.0.0.1";

  private SocketRanks() {}

  /** Work of a rank. */
  interface Work<T> {
    T in(SocketExchange exchange) throws IOException;
  }

  /** Connects ranks, runs the work in each, and returns the results in rank order. */
  static <T> List<T> run(int size, Wire wire, Work<T> work)
      throws InterruptedException, ExecutionException {
    Secret secret = Secret.random();
    String[] addresses = new String[size];
    CyclicBarrier barrier = new CyclicBarrier(size);
    List<FutureTask<T>> ranks = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int rank = i;
      ranks.add(
          new FutureTask<>(
              () -> {
                try (SocketExchange exchange =
                    SocketExchange.connect(
                        rank,
                        size,
                        HERE,
                        secret,
                        wire,
                        own -> gather(addresses, rank, own, barrier))) {
                  return work.in(exchange);
                }
              }));
      new Thread(ranks.get(i), "rank-" + i).start();
    }
    List<T> results = new ArrayList<>();
    for (FutureTask<T> rank : ranks) {
      results.add(rank.get());
    }
    return results;
  }

  private static String[] gather(String[] all, int rank, String own, CyclicBarrier barrier) {
    all[rank] = own;
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
    return all;
  }
}
