package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.train.GradientExchange;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.RunLock;
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
 * Trains one run data-parallel on several executors, the ranks, in one barrier stage. Each rank has
 * all weights and computes its part of each update's micro-batches. The ranks sum their gradients
 * over sockets, and each makes the same update. The configuration is the same as for one process:
 * {@code gradient_accumulation_steps} micro-batches per update, a multiple of the number of ranks.
 *
 * <p>If the number of ranks is a power of two and gradients are sent in float32, the weights are
 * bit-identical to those of one process with the same {@code threads}.
 *
 * <p>If a rank is lost, all ranks end. The training waits for another executor and continues from
 * the newest undamaged checkpoint. If an executor is stopped, for example by a signal, all ranks
 * stop after the same update and rank 0 saves the state first. Three attempts in a row without a
 * new checkpoint end the training.
 */
@Slf4j
public final class SparkTraining {

  private static final int MOST_ATTEMPTS = 3;

  /** Longest time for tasks to end; Spark notices a host without network after two minutes. */
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

  /** How the ranks of the newest complete attempt ended, in rank order. */
  private List<RankEnd> ends = List.of();

  /**
   * Makes a training.
   *
   * @param spark a context whose configuration {@link SparkSettings#applyTo} has prepared; it is
   *     not closed
   * @param config the run's configuration
   * @param directory the run's directory on the driver, written at the end
   * @param store folder of only this run: a URI of Hadoop that the driver and all executors reach,
   *     or the path of a directory that they share
   * @param ranks number of ranks, at least 1; null for the number of executors requested from Spark
   * @param resume whether to continue from the newest checkpoint in the store, or from that in the
   *     directory if it is of a later update
   * @param force whether to continue even though the problems changed
   * @param wire format in which gradients are sent; null for {@link Wire#FLOAT32}
   * @param news receives one line per event; null to ignore them
   * @throws IllegalArgumentException if {@code spark}, {@code config}, {@code directory} or {@code
   *     store} is null
   * @throws ConfigException if the context or the configuration does not allow this number of ranks
   * @throws IOException if the store's file system cannot be reached
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
    Arguments.requireNonNull(
        spark, "spark", "Make a context of SparkSettings.applyTo's configuration.");
    Arguments.requireNonNull(config, "config", "Build a TrainingConfig.");
    Arguments.requireNonNull(directory, "directory", "Make a RunDirectory.");
    Arguments.requireNonNull(store, "store", "Name a folder that all executors reach.");
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

  private void requireUsable() {
    SparkSettings.requireUsable(spark.getConf());
    SparkSettings.requireFixedExecutors(spark.getConf());
    if (ranks < 1) {
      throw new ConfigException(
          "A training needs at least 1 rank but ranks is " + ranks + ". Raise it.");
    }
    if (config.isOnlyEval()) {
      throw new ConfigException(
          "Training on Spark needs updates to make, but `only_eval` is true. Evaluate without"
              + " --spark.");
    }
    Integer threads = config.getThreads();
    int cpus = SparkSettings.taskCpus(spark.getConf());
    if (threads != null && threads > cpus) {
      throw ConfigException.of(
          "threads",
          "at most spark.task.cpus, " + cpus + ",",
          threads,
          "Remove it, or raise spark.task.cpus.");
    }
    GradientExchange.requireShares(config, ranks);
  }

  /**
   * Trains to the end of the curriculum, or until {@link #requestStop()}. Then writes the run's
   * directory: the model and its evaluation if training was completed, else the newest checkpoint.
   *
   * @return whether training was completed
   * @throws IOException after three attempts in a row without a new checkpoint, or if the store or
   *     the directory cannot be read or written
   * @throws ConfigException if another run is writing to the directory, the store holds another
   *     run, or there are too few executors
   * @throws IllegalStateException if training itself fails: its problems or its model cannot be
   *     used, its loss diverges, or the ranks' weights differ at the end
   * @throws InterruptedException if the calling thread is interrupted; the ranks were told to save
   *     their state in the store and stop, which is waited for up to four minutes
   */
  @SuppressWarnings("try") // the lock is not used in the code
  public boolean train() throws IOException, InterruptedException {
    try (RunLock lock = RunLock.of(directory.path())) {
      return trainLocked();
    }
  }

  /** Trains in a directory that the caller has locked. */
  boolean trainLocked() throws IOException, InterruptedException {
    UpdateNews updates = new UpdateNews(news);
    spark.sc().addSparkListener(tasks);
    spark.sc().addSparkListener(updates);
    try {
      Optional<SnapshotName> start = start();
      InputFiles.Sources sources = inputs.publish(config);
      if (!resume) { // or a resume would continue a replaced run whose checkpoint is later
        directory.deleteResults(config);
      }
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
                  "The training ended without a new checkpoint %d times, the last time because: %s."
                      + " Correct that and continue with --resume.",
                  MOST_ATTEMPTS,
                  cause));
        }
        news.accept("An attempt failed: " + cause + ". Continuing from " + described(start) + ".");
      }
    } finally {
      spark.sc().removeSparkListener(updates);
      spark.sc().removeSparkListener(tasks);
    }
  }

  private static String described(Optional<SnapshotName> start) {
    return start.map(name -> "update " + name.step()).orElse("the start");
  }

  /** The snapshot to continue from, or empty for a new run. */
  private Optional<SnapshotName> start() throws IOException {
    if (resume) {
      return new RunFiles(directory).newest(runs, news);
    }
    if (runs.newest().isPresent()) {
      throw new ConfigException(
          "A new training needs a store of its own but "
              + runs
              + " holds a run. Continue that run, or choose another folder.");
    }
    return Optional.empty();
  }

  /** Makes one attempt with all ranks; returns why it failed, or null if it did not. */
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
        requestStop(); // the request came before there was a job to stop
      }
      ends = action.get();
      requireSameWeights();
      return ends.get(0).result() == null && !stopRequested
          ? "an executor was stopped, and all ranks stopped with it"
          : null;
    } catch (InterruptedException e) {
      cancel(); // or the ranks would train on, and nothing could stop them
      awaitTasks(group);
      throw e;
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

  /** Waits until the remaining ranks have ended, and Spark has noticed that a lost one has. */
  private void awaitTasks(String group) throws InterruptedException {
    if (!tasks.await(group, UNTIL_NOTICED)) {
      log.warn("Tasks of an attempt still run after {} s.", UNTIL_NOTICED.toSeconds());
    }
  }

  /** Checks that the ranks' weights have not diverged. */
  private void requireSameWeights() {
    RankEnd first = ends.get(0);
    for (RankEnd end : ends) {
      if (!end.weights().equals(first.weights())) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "All ranks must end with the same weights, but those of rank %d on %s differ from"
                    + " those of rank 0 on %s. Use processors of one kind.",
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
      new RunFiles(directory).replaceBy(runs, newest.get(), config);
    }
    return result != null;
  }

  /** Makes {@link #train()} return after the ranks have saved their state; from any thread. */
  public void requestStop() {
    stopRequested = true;
    cancel();
  }

  /** Spark interrupts the ranks' tasks, which save their state. */
  private void cancel() {
    JavaFutureAction<?> running = action;
    if (running != null) {
      running.cancel(true);
    }
  }

  /** How the ranks ended, in rank order; complete if {@link #train()} returned true. */
  List<RankEnd> ends() {
    return ends;
  }
}
