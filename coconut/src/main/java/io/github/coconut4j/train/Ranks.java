package io.github.coconut4j.train;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.memory.HostMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import lombok.Getter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * This process's role among the ranks of a training run, and their common state. A single process
 * is the only rank of its run.
 */
final class Ranks {

  /** Null for a single process. */
  private final GradientExchange exchange;

  /** Number of micro-batches of each group that a rank computes. */
  private final int own;

  private volatile boolean stopRequested;

  /** Number of micro-batches of the current update, in all ranks. */
  private int group;

  /** Whether a rank was requested to stop before the last update. */
  private boolean stopAgreed;

  /** Number of real tokens of the last update in all ranks. */
  @Getter private double tokens;

  private Ranks(GradientExchange exchange, int own) {
    this.exchange = exchange;
    this.own = own;
  }

  /**
   * Makes the ranks of a run.
   *
   * @param exchange null for a single process
   * @throws io.github.coconut4j.config.ConfigException if the micro-batches of an update cannot be
   *     divided evenly
   */
  static Ranks of(GradientExchange exchange, TrainingConfig config) {
    int microBatches = config.getGradientAccumulationSteps();
    if (exchange == null || exchange.size() == 1) {
      return new Ranks(null, microBatches);
    }
    int size = exchange.size();
    if (exchange.rank() < 0 || exchange.rank() >= size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A rank needs to be from 0 to %d but is %d. Correct the exchange.",
              size - 1,
              exchange.rank()));
    }
    GradientExchange.requireShares(config, size);
    return new Ranks(exchange, microBatches / size);
  }

  /** A single process that computes each micro-batch as an update. */
  static Ranks alone() {
    return new Ranks(null, 1);
  }

  /** Whether there are other processes. */
  boolean areSeveral() {
    return exchange != null;
  }

  /** Whether this process writes the run's files. */
  boolean isFirst() {
    return exchange == null || exchange.rank() == 0;
  }

  /** Index within a group of the first micro-batch that this process computes. */
  int firstOwn() {
    return exchange == null ? 0 : exchange.rank() * own;
  }

  /** Number of micro-batches of a complete group that this process computes. */
  int own() {
    return own;
  }

  /**
   * Begins an update.
   *
   * @param microBatches number of micro-batches in all ranks, at least 1
   * @return the number of them that this process computes
   */
  int begin(int microBatches) {
    group = microBatches;
    return Math.max(0, Math.min(own, group - firstOwn()));
  }

  /** Whether the current update has only one micro-batch in all ranks. */
  boolean isOneMicroBatch() {
    return group == 1;
  }

  /** Whether this process computes a batch of an epoch. */
  boolean computes(int batch) {
    if (exchange == null) {
      return true;
    }
    int index = batch % (own * exchange.size()) - firstOwn();
    return index >= 0 && index < own;
  }

  /** Requests all ranks to stop after their next update; may be called from any thread. */
  void requestStop() {
    stopRequested = true;
  }

  /** Whether the ranks stop; all know this after the same update. */
  boolean isStopped() {
    return exchange == null ? stopRequested : stopAgreed;
  }

  /**
   * Replaces this rank's sums by those of all ranks.
   *
   * @param sums sums by name; the names are the same in every rank
   * @param mine totals of this rank's micro-batches
   * @param ownTokens number of their real tokens
   */
  PairwiseSum.Totals sum(Map<String, INDArray> sums, PairwiseSum.Totals mine, double ownTokens) {
    Collection<INDArray> gradients = new TreeMap<>(sums).values();
    List<ByteBuffer> floats =
        gradients.stream().flatMap(array -> HostMemory.slices(array).stream()).toList();
    double[] all = exchange(floats, mine.loss(), mine.count(), ownTokens, stopRequested ? 1 : 0);
    gradients.forEach(HostMemory::written); // and kept reachable while their memory was in use
    tokens = all[2];
    stopAgreed = all[3] > 0;
    return new PairwiseSum.Totals(all[0], (int) all[1]);
  }

  /** Whether this process answers a batch of an evaluation. */
  boolean evaluates(int batch) {
    return exchange == null || batch % exchange.size() == exchange.rank();
  }

  /**
   * Waits for all ranks and joins their parts of the same values.
   *
   * @param own this rank's values, and 0 in place of the others' values
   * @return the values of all ranks
   */
  double[] joined(double... own) {
    return exchange == null ? own : exchange(List.of(), own);
  }

  private double[] exchange(List<ByteBuffer> floats, double... values) {
    try {
      return exchange.sum(floats, values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
