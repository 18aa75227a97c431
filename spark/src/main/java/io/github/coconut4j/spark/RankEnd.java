package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * How a rank's training ended.
 *
 * @param rank its number
 * @param host where it was
 * @param process its number on that host
 * @param gpu number on that host of the GPU that Spark gave it, or null
 * @param result snapshot of the run, trained to its end; null in ranks after the first
 * @param weights SHA-256 of the trained parameters, the same in all ranks
 * @param updates done in all
 * @param stoppedEarly whether a termination condition has ended it
 * @param exchangeSeconds spent on sums once all ranks were there
 * @param exchangeBytes sent by this rank
 */
record RankEnd(
    int rank,
    String host,
    long process,
    String gpu,
    SnapshotName result,
    String weights,
    int updates,
    boolean stoppedEarly,
    double exchangeSeconds,
    long exchangeBytes)
    implements Serializable {}
