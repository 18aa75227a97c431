package io.github.coconut4j.spark;

import io.github.coconut4j.cli.ClusterTraining;
import java.io.IOException;

/** Makes {@code train --spark} known to the command line. */
public final class SparkTrainingProvider implements ClusterTraining.Provider {

  /** The provider, as the command line makes it. */
  public SparkTrainingProvider() {}

  @Override
  public ClusterTraining open(String master, ClusterTraining.Order order) throws IOException {
    SparkLibraries.requirePresent();
    return SparkCommandTraining.open(master, order);
  }
}
