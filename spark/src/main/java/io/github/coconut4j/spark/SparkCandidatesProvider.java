package io.github.coconut4j.spark;

import io.github.coconut4j.tuning.cli.CandidateCluster;

/** Makes {@code tune --spark} known to the command line. */
public final class SparkCandidatesProvider implements CandidateCluster.Provider {

  /** The provider, as the command line makes it. */
  public SparkCandidatesProvider() {}

  @Override
  public CandidateCluster of(String master) {
    SparkLibraries.requirePresent();
    return new SparkCandidates(ClusterSession.conf(master, "coconut4j tune"));
  }
}
