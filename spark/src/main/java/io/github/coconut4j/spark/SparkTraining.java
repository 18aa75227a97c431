package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.train.GradientExchange;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lombok.Builder;
import lombok.extern.slf4j.Slf4j;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.reflect.ClassTag$;

/**
 * Trains one run on several executors, the ranks, in one barrier stage. Each has all weights and
 * computes its part of every update's micro-batches; their sums are exchanged over sockets, and
 * each moves its weights alike. The run's configuration stays that of one process: {@code
 * gradient_accumulation_steps} micro-batches an update, which the number of ranks divides.
 *
 * <p>With a number of ranks that is a power of two, gradients in float32 and the same {@code
 * threads}, the weights are those of one process to the bit.
 *
 * <p>Where a rank is lost, all end; the training waits for an executor in its place and goes on
 * from the newest checkpoint that is whole. An executor that is told to end, by a signal say, has
 * all ranks save their state first. Three attempts in a row without a new checkpoint end it.
 */
@Slf4j
public final class SparkTraining {

  private static final int MOST_ATTEMPTS = 3;

  /** Spark notices a host that is cut off after two minutes. */
  private static final Duration UNTIL_NOTICED = Duration.ofMinutes(4);

  private final JavaSparkContext spark;
  private final TrainingConfig config;
  private final RunDirectory directory;
  private final int ranks;
  private final boolean resume;
  private final boolean force;
  private final Wire wire;
  private final Consumer<String> news;
  private final RunStore runs;
  private final InputFiles inputs;
  private final String inputFolder;
  private final Executors executors;
  private final TaskWatch tasks = new TaskWatch();
  private volatile boolean stopRequested;
  private volatile JavaFutureAction<List<RankEnd>> action;

  /** How the ranks ended, in their order; empty before they have. */
  private List<RankEnd> ends = List.of();

  /**
   * A training in a context.
   *
   * @param spark whose configuration {@link SparkSettings#applyTo} has prepared
   * @param config what to do
   * @param directory where the run is put at its end, on the driver
   * @param store this run's own folder: a URI of Hadoop's that driver and executors reach, or the
   *     path of a directory that they share
   * @param ranks their number; null for the executors that Spark was asked for
   * @param resume whether to go on from the newest checkpoint in the store, or in the directory
   *     where the store has none
   * @param force whether to go on even though the problems changed
   * @param wire how gradients are sent; null for {@link Wire#FLOAT32}
   * @param news is told in a line what happens; null for nobody
   * @throws ConfigException if the context or the configuration does not allow so many ranks
   */
  @Builder
  SparkTraining(
      JavaSparkContext spark,
      TrainingConfig config,
      RunDirectory directory,
      String store,
      Integer ranks,
      boolean resume,
      boolean force,
      Wire wire,
      Consumer<String> news)
      throws IOException {
    requireGiven("spark", spark);
    requireGiven("config", config);
    requireGiven("directory", directory);
    requireGiven("store", store);
    this.spark = spark;
    this.config = config;
    this.directory = directory;
    this.ranks = ranks == null ? SparkSettings.ranks(spark.getConf()) : ranks;
    this.resume = resume;
    this.force = force;
    this.wire = wire == null ? Wire.FLOAT32 : wire;
    this.news = news == null ? line -> {} : news;
    this.runs = new RunStore(store + "/run", spark.hadoopConfiguration());
    this.inputFolder = store + "/inputs";
    this.inputs = new InputFiles(inputFolder, spark.hadoopConfiguration());
    this.executors = new Executors(spark, this.news);
    requireUsable();
  }

  private static void requireGiven(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "A training on Spark needs its " + name + " but it is null. Give it to the builder.");
    }
  }

  private void requireUsable() {
    SparkSettings.requireUsable(spark.getConf());
    SparkSettings.requireFixedExecutors(spark.getConf());
    if (ranks < 1) {
      throw new ConfigException(
          "A training needs at least 1 rank but is to have " + ranks + ". Raise the number.");
    }
    if (config.isOnlyEval()) {
      throw new ConfigException(
          "Ranks share a training out, but `only_eval` is true. Evaluate without --spark.");
    }
    Integer threads = config.getThreads();
    int cpus = SparkSettings.taskCpus(spark.getConf());
    if (threads != null && threads > cpus) {
      throw ConfigException.of(
          "threads",
          "at most spark.task.cpus, " + cpus + ",",
          threads,
          "Remove it, or raise that.");
    }
    GradientExchange.requireShares(config, ranks);
  }

  /**
   * Trains to the end of the curriculum, or until {@link #requestStop()}, and puts the run into its
   * directory: at its end the model and its evaluation, else the newest checkpoint.
   *
   * @return whether it was trained to its end
   * @throws IOException if it was not, after three attempts without a new checkpoint
   * @throws ConfigException if the configuration, its problems or its model cannot be used
   * @throws IllegalStateException if the training itself failed, its loss diverged say
   */
  public boolean train() throws IOException, InterruptedException {
    UpdateNews updates = new UpdateNews(news);
    spark.sc().addSparkListener(tasks);
    spark.sc().addSparkListener(updates);
    try {
      Optional<SnapshotName> start = start();
      InputFiles.Sources sources = inputs.publish(config);
      int withoutProgress = 0;
      while (true) {
        updates.startFrom(start.map(SnapshotName::step).orElse(0));
        String cause = attempt(sources, start.orElse(null));
        if (cause == null) {
          return finish();
        }
        Optional<SnapshotName> newest = runs.newest();
        withoutProgress = newest.equals(start) ? withoutProgress + 1 : 0;
        start = newest;
        if (withoutProgress == MOST_ATTEMPTS) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "The training ended without a new checkpoint %d times, the last time because: %s. Continue with --resume once that is mended.",
                  MOST_ATTEMPTS,
                  cause));
        }
        news.accept("An attempt failed: " + cause + ". Going on from " + described(start) + ".");
      }
    } finally {
      spark.sc().removeSparkListener(updates);
      spark.sc().removeSparkListener(tasks);
    }
  }

  private static String described(Optional<SnapshotName> start) {
    return start.map(name -> "update " + name.step()).orElse("the beginning");
  }

  /** What a run that is resumed goes on from; a directory's checkpoint is published first. */
  private Optional<SnapshotName> start() throws IOException {
    Optional<SnapshotName> newest = runs.newest();
    if (!resume && newest.isPresent()) {
      throw new ConfigException(
          "A new training needs a store of its own but "
              + runs
              + " holds a run. Go on with it, or name another folder.");
    }
    if (!resume) {
      return newest;
    }
    return newest.isPresent() ? newest : new RunFiles(directory).publishNewest(runs);
  }

  /** One attempt of all ranks; gives why it failed, or null if it did not. */
  private String attempt(InputFiles.Sources sources, SnapshotName start)
      throws IOException, InterruptedException {
    executors.await(ranks, () -> stopRequested);
    if (stopRequested) {
      return null;
    }
    String group = "coconut4j-" + UUID.randomUUID();
    spark.setJobGroup(group, description(start), true);
    try {
      action = barrierStage(sources, start).collectAsync();
      if (stopRequested) {
        requestStop(); // it came before there was anything to stop
      }
      ends = action.get();
      requireSameWeights();
      return ends.get(0).result() == null && !stopRequested
          ? "an executor was told to end, and all ranks stopped with it"
          : null;
    } catch (CancellationException e) {
      awaitTasks(group);
      return null;
    } catch (ExecutionException e) {
      awaitTasks(group);
      tasks
          .ownFailure(group)
          .ifPresent(
              own -> {
                throw new IllegalStateException(own, e);
              });
      return stopRequested ? null : Failure.of(e.getCause());
    } finally {
      action = null;
      spark.clearJobGroup();
      tasks.forget(group);
    }
  }

  private String description(SnapshotName start) {
    String from = start == null ? "" : ", from update " + start.step();
    return String.format(Locale.ROOT, "training %s on %d ranks%s", config.getName(), ranks, from);
  }

  private JavaRDD<RankEnd> barrierStage(InputFiles.Sources sources, SnapshotName start) {
    RankWork work =
        new RankWork(
            ConfigFile.toYaml(config),
            sources,
            inputFolder,
            runs.toString(),
            start,
            force,
            ranks,
            Secret.random(),
            wire);
    List<Integer> numbers = IntStream.range(0, ranks).boxed().toList();
    return spark
        .parallelize(numbers, ranks)
        .rdd()
        .barrier()
        .mapPartitions(
            new RankTask(work, new Progress(spark)),
            false,
            ClassTag$.MODULE$.<RankEnd>apply(RankEnd.class))
        .toJavaRDD();
  }

  /** Those of ranks that are left save their state; that of a lost one ends when Spark notices. */
  private void awaitTasks(String group) throws InterruptedException {
    if (!tasks.await(group, UNTIL_NOTICED)) {
      log.warn("Tasks of an attempt still run after {} s.", UNTIL_NOTICED.toSeconds());
    }
  }

  /** Replicas that have drifted apart were not one model. */
  private void requireSameWeights() {
    RankEnd first = ends.get(0);
    for (RankEnd end : ends) {
      if (!end.weights().equals(first.weights())) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "All ranks must end with the same weights, but rank %d on %s has others than rank 0 on %s. Train on processors of one kind.",
                end.rank(),
                end.host(),
                first.host()));
      }
    }
  }

  private boolean finish() throws IOException {
    SnapshotName result = ends.isEmpty() ? null : ends.get(0).result();
    Optional<SnapshotName> newest = result == null ? runs.newest() : Optional.of(result);
    if (newest.isPresent()) {
      new RunFiles(directory).replaceBy(runs, newest.get());
    }
    return result != null;
  }

  /** Ends {@link #train()} once the ranks have saved their state; from any thread. */
  public void requestStop() {
    stopRequested = true;
    JavaFutureAction<?> running = action;
    if (running != null) {
      running.cancel(true);
    }
  }

  /** How the ranks ended, in their order; empty unless {@link #train()} gave true. */
  List<RankEnd> ends() {
    return ends;
  }
}
