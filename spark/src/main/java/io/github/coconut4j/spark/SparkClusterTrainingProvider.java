package io.github.coconut4j.spark;

import io.github.coconut4j.cli.ClusterTraining;
import java.io.IOException;

/** The service behind {@code train --spark}. */
public final class SparkClusterTrainingProvider implements ClusterTraining.Provider {

  /** Called by {@link java.util.ServiceLoader}. */
  public SparkClusterTrainingProvider() {}

  @Override
  public ClusterTraining open(String master, ClusterTraining.Order order) throws IOException {
    SparkLibraries.requirePresent();
    return SparkClusterTraining.open(master, order);
  }
}
