package io.github.coconut4j.cli;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** A training run on other machines, for {@code train --spark}. */
public interface ClusterTraining extends AutoCloseable {

  /**
   * The run to train.
   *
   * @param config the run's configuration
   * @param directory the run's directory, written at its end
   * @param resume whether to continue from the newest checkpoint
   * @param force whether to start over, or continue even though the problems changed
   * @param news receives one line per event
   */
  record Order(
      TrainingConfig config,
      RunDirectory directory,
      boolean resume,
      boolean force,
      Consumer<String> news) {}

  /** Connects to a kind of cluster; a service, found by {@link ServiceLoader}. */
  @FunctionalInterface
  interface Provider {

    /**
     * Connects to a cluster.
     *
     * @throws IllegalArgumentException if it, its settings or the order cannot be used
     */
    ClusterTraining open(String master, Order order) throws IOException;
  }

  /**
   * Trains and evaluates.
   *
   * @return whether training was completed
   */
  boolean train() throws IOException;

  /** Ends {@link #train()} once the state is saved; from any thread. */
  void requestStop();

  @Override
  void close();

  /**
   * Connects to the cluster of a master.
   *
   * @throws ConfigException if no module knows clusters
   */
  static ClusterTraining open(String master, Order order) throws IOException {
    return provider(Provider.class).open(master, order);
  }

  /**
   * Finds the service for clusters.
   *
   * @param service for trainings, or for another command's use of clusters
   * @throws ConfigException if no module on the class path has one
   */
  static <P> P provider(Class<P> service) {
    return ServiceLoader.load(service)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigException(
                    "--spark needs the module coconut-spark on the class path but it is not there."
                        + " Add it, run ./coconut4j, or leave --spark out."));
  }
}
