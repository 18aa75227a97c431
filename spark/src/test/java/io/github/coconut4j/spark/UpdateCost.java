package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * What an update took in one process, in milliseconds.
 *
 * @param round of the measurement; 0 is the one that compiles
 * @param joint whether the process was a rank, or trained by itself
 * @param wall time
 * @param training processor time of the training thread, the exchange included
 * @param exchange processor time of the exchange
 * @param batches processor time of the thread that makes batches
 * @param other processor time of the rest of the process: compilation, garbage, Spark
 * @param exchangeWall time in the exchange, waiting for the other rank included
 * @param transferWall time in the exchange once all ranks were there
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
