package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * How a rank's training ended.
 *
 * @param rank the rank's number, from 0
 * @param host host of its executor
 * @param process process id of its executor
 * @param gpu number of its GPU on that host, or null if it has none
 * @param result snapshot of the completed run; null in ranks other than 0, and if training was
 *     stopped before its end
 * @param weights SHA-256 of the trained parameters; equal in all ranks
 * @param updates number of updates of the run so far
 * @param stoppedEarly whether a termination condition ended training
 * @param exchangeSeconds time of the sums in seconds, without waiting for other ranks
 * @param exchangeBytes number of bytes that this rank has sent
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
