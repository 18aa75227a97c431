package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import lombok.RequiredArgsConstructor;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Waits for executors. Without enough of them Spark would retry a barrier stage every 15 seconds
 * without telling the user.
 */
@RequiredArgsConstructor
final class Executors {

  private static final long POLL_MILLIS = 500;
  private static final Duration BETWEEN_MESSAGES = Duration.ofSeconds(15);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final JavaSparkContext spark;
  private final Consumer<String> news;

  /**
   * Waits until there is an executor for every rank.
   *
   * @param ranks number of ranks
   * @param isStopped whether to stop waiting
   * @throws ConfigException if there are too few executors after ten minutes
   * @throws IOException if Spark has ended the application
   */
  void await(int ranks, BooleanSupplier isStopped) throws IOException, InterruptedException {
    final long start = System.nanoTime();
    long lastMessage = start;
    for (int there = count(); there < ranks && !isStopped.getAsBoolean(); there = count()) {
      Failure.requireRunning(spark);
      long now = System.nanoTime();
      if (now - start > LONGEST.toNanos()) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "A training on %d ranks needs as many executors, but after %d minutes there are %d."
                    + " Free cores and memory in the cluster, ask for smaller executors, or lower"
                    + " %s.",
                ranks,
                LONGEST.toMinutes(),
                there,
                SparkSettings.RANKS));
      }
      if (now - lastMessage > BETWEEN_MESSAGES.toNanos()) {
        news.accept(
            String.format(Locale.ROOT, "Waiting for executors: %d of %d are there.", there, ranks));
        lastMessage = now;
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private int count() {
    int processes = spark.sc().statusTracker().getExecutorInfos().length; // the driver among them
    return spark.isLocal() ? processes : processes - 1;
  }
}
