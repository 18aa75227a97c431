package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.cli.CandidateCluster;

/** The service behind {@code tune --spark}. */
public final class SparkCandidateClusterProvider implements CandidateCluster.Provider {

  /** Called by {@link java.util.ServiceLoader}. */
  public SparkCandidateClusterProvider() {}

  @Override
  public CandidateCluster of(String master) {
    SparkLibraries.requirePresent();
    return new SparkCandidateCluster(ClusterSession.conf(master, "coconut4j tune"));
  }
}
