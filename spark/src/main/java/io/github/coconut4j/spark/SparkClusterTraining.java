package io.github.coconut4j.spark;

import io.github.coconut4j.cli.ClusterTraining;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.train.RunLock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;
import org.apache.spark.SparkConf;

/** A {@link SparkTraining} and its Spark context, as {@code train --spark} uses them. */
@RequiredArgsConstructor(access = AccessLevel.PRIVATE)
final class SparkClusterTraining implements ClusterTraining {

  /** Held until the end, since a second command would also replace the name of the store. */
  private final RunLock lock;

  private final ClusterSession session;
  private final SparkTraining training;
  private final Order order;

  /**
   * Locks the run's directory and connects to the master.
   *
   * @throws ConfigException if the master cannot be reached, another run is writing to the
   *     directory, or a setting or the run cannot be used
   */
  static ClusterTraining open(String master, Order order) throws IOException {
    SparkConf conf = ClusterSession.conf(master, "coconut4j train");
    // refuse bad settings before the directory is locked
    SparkSettings.requireFixedExecutors(conf);
    int ranks = SparkSettings.ranks(conf);
    Wire wire = wire(conf);
    return OpenedResources.open(
        opened -> {
          RunLock lock = opened.add(RunLock.of(order.directory().path()));
          ClusterSession session = opened.add(ClusterSession.open(conf));
          String store = ClusterSession.store(conf, order.directory().path(), !order.resume());
          SparkTraining training =
              SparkTraining.builder()
                  .spark(session.getSpark())
                  .config(order.config())
                  .directory(order.directory())
                  .store(store)
                  .ranks(ranks)
                  .resume(order.resume())
                  .force(order.force())
                  .wire(wire)
                  .news(order.news())
                  .build();
          return new SparkClusterTraining(lock, session, training, order);
        });
  }

  private static Wire wire(SparkConf conf) {
    String name = conf.get(SparkSettings.WIRE, Wire.FLOAT32.name());
    return Arrays.stream(Wire.values())
        .filter(wire -> wire.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () -> ConfigException.of(SparkSettings.WIRE, "float32 or bf16", name, "Change it."));
  }

  @Override
  public boolean train() throws IOException {
    try {
      boolean finished = training.trainLocked();
      training.ends().stream().map(SparkClusterTraining::line).forEach(order.news());
      return finished;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("The training was interrupted.");
    }
  }

  private static String line(RankEnd end) {
    return String.format(
        Locale.ROOT,
        "rank %d on %s, process %d%s: %d updates, %.1f s in the exchange, %d MB sent, weights %s",
        end.rank(),
        end.host(),
        end.process(),
        end.gpu() == null ? "" : ", GPU " + end.gpu(),
        end.updates(),
        end.exchangeSeconds(),
        end.exchangeBytes() / 1_000_000,
        end.weights().substring(0, 16));
  }

  @Override
  public void requestStop() {
    training.requestStop();
  }

  @Override
  public void close() {
    try (lock) {
      session.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
