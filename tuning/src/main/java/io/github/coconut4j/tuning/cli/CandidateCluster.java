package io.github.coconut4j.tuning.cli;

import io.github.coconut4j.cli.ClusterTraining;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.record.SearchDirectory;
import java.io.IOException;
import java.util.ServiceLoader;

/** Machines that train a search's candidates instead of this one, for {@code --spark}. */
public interface CandidateCluster extends AutoCloseable {

  /** Connects to a kind of cluster; a service, found by {@link ServiceLoader}. */
  @FunctionalInterface
  interface Provider {

    /**
     * Makes a cluster without connecting to it.
     *
     * @throws IllegalArgumentException if it or its settings cannot be used
     */
    CandidateCluster of(String master);
  }

  /** Number of processors of a candidate if the file does not set {@code threads}. */
  int threads();

  /**
   * Connects to the cluster.
   *
   * @param file the search
   * @param directory its directory; candidates continue from their files on the cluster
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
