package io.github.coconut4j.spark;

import java.io.Serializable;

/**
 * What a rank needs, as plain values.
 *
 * @param config the run's configuration as YAML
 * @param sources of its problems
 * @param inputs folder of their files
 * @param run folder of the run's snapshots
 * @param start snapshot that all ranks go on from, or null to begin
 * @param force whether the problems may have changed since
 * @param ranks their number
 * @param secret of this attempt's ranks
 * @param wire how gradients are sent
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
