package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.cli.CandidateCluster;

/** The service behind {@code tune --spark}. */
public final class SparkCandidatesProvider implements CandidateCluster.Provider {

  /** Called by {@link java.util.ServiceLoader}. */
  public SparkCandidatesProvider() {}

  @Override
  public CandidateCluster of(String master) {
    SparkLibraries.requirePresent();
    return new SparkCandidates(ClusterSession.conf(master, "coconut4j tune"));
  }
}
