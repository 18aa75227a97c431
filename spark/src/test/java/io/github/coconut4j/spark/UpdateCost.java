package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * Time of an update in one process, in milliseconds.
 *
 * @param round number of the round; round 0 is for compilation and not counted
 * @param joint whether the process was a rank, or trained alone
 * @param wall time
 * @param training processor time of the training thread, including the exchange
 * @param exchange processor time of the exchange
 * @param batches processor time of the thread that makes batches
 * @param other processor time of the rest of the process: compilation, garbage collection, Spark
 * @param exchangeWall time in the exchange, including waiting for the other rank
 * @param transferWall time in the exchange without waiting
 */
record UpdateCost(
    int round,
    boolean joint,
    double wall,
    double training,
    double exchange,
    double batches,
    double other,
    double exchangeWall,
    double transferWall)
    implements Serializable {}
