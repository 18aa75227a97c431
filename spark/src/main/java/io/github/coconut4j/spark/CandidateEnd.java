package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * How a candidate ended. Its own failure is a value: thrown, Spark would train it again.
 *
 * @param result snapshot of a run that was trained and evaluated, or null
 * @param cause why there is none, or null
 * @param timedOut whether its time was over
 * @param host where it was trained
 * @param attempt which try it was, from 0
 */
record CandidateEnd(SnapshotName result, String cause, boolean timedOut, String host, int attempt)
    implements Serializable {}
