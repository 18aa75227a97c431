package io.github.coconut4j.tuning.cli;

import io.github.coconut4j.cli.ClusterTraining;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.util.ServiceLoader;

/** Machines that train a search's candidates in place of this one: what {@code --spark} names. */
public interface CandidateCluster extends AutoCloseable {

  /** Knows a kind of cluster; a service, found by {@link ServiceLoader}. */
  @FunctionalInterface
  interface Provider {

    /**
     * A cluster that nothing is asked of yet.
     *
     * @throws IllegalArgumentException if it or its settings cannot be used
     */
    CandidateCluster of(String master);
  }

  /** Processors of a candidate whose file does not name its {@code threads}. */
  int threads();

  /**
   * Connects to the cluster.
   *
   * @param file the search
   * @param directory whose candidates go on from what they have left on the cluster
   */
  CandidateTrainer open(SearchFile file, SearchDirectory directory) throws IOException;

  @Override
  void close();

  /**
   * Finds the cluster of a master.
   *
   * @throws ConfigException if no module knows clusters
   */
  static CandidateCluster of(String master) {
    return ClusterTraining.provider(Provider.class).of(master);
  }
}
