package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * How a candidate ended. A failure of the candidate itself is returned in this value, since Spark
 * retries a task that throws.
 *
 * @param result snapshot of the trained and evaluated run, or null if the candidate failed
 * @param cause why the candidate failed, or null if it did not
 * @param timedOut whether it exceeded its time limit
 * @param host host of the executor that trained it
 * @param attempt number of the attempt, from 0
 */
record CandidateEnd(SnapshotName result, String cause, boolean timedOut, String host, int attempt)
    implements Serializable {}
