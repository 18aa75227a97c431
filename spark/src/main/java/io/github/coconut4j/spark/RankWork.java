package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * What a rank needs, as serializable values.
 *
 * @param config the run's configuration as YAML
 * @param sources sources of its problems
 * @param inputs folder of the problem files
 * @param run folder of the run's snapshots
 * @param start snapshot from which all ranks continue, or null to start
 * @param force whether to continue even though the problems changed
 * @param ranks number of ranks
 * @param secret secret of this attempt's ranks
 * @param wire format in which gradients are sent
 */
record RankWork(
    String config,
    InputFiles.Sources sources,
    String inputs,
    String run,
    SnapshotName start,
    boolean force,
    int ranks,
    Secret secret,
    Wire wire)
    implements Serializable {}
