package io.github.coconut4j.spark;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.tuning.candidate.CandidateException;
import io.github.coconut4j.tuning.candidate.CandidateJob;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import lombok.Builder;
import lombok.extern.slf4j.Slf4j;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Trains each candidate of a search as a Spark job of one task, on an executor of its own. The
 * search itself, with its proposals, scores and records, runs on the driver.
 *
 * <ul>
 *   <li>A candidate that fails by itself, for example because its loss diverges, is not retried.
 *   <li>If an executor is lost or its disk is full, its candidate is retried on another executor
 *       and continues from its newest checkpoint. There are at most {@code spark.task.maxFailures}
 *       attempts. An executor that is stopped, for example by a signal, saves the candidate's state
 *       first.
 *   <li>If the calling thread is interrupted, the task saves the candidate's state, and {@link
 *       #train} returns after that.
 * </ul>
 *
 * <pre>{@code
 * SparkConf conf = SparkSettings.applyTo(new SparkConf().setMaster(master).setAppName("search"));
 * try (JavaSparkContext spark = new JavaSparkContext(conf);
 *     SparkCandidateTrainer trainer =
 *         SparkCandidateTrainer.builder().spark(spark).store("hdfs:///search-1").build();
 *     Search search = Search.builder().file(file).directory(directory).trainer(trainer).build()) {
 *   search.run();
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
@Slf4j
public final class SparkCandidateTrainer implements CandidateTrainer, AutoCloseable {

  private static final long POLL_MILLIS = 500;

  private final JavaSparkContext spark;
  private final String store;
  private final Collection<String> searched;
  private final Duration grace;
  private final int threads;
  private final InputFiles inputs;
  private final Progress progress;
  private final TaskWatch tasks = new TaskWatch();

  /**
   * Makes a trainer.
   *
   * @param spark a context whose configuration {@link SparkSettings#applyTo} has prepared; it is
   *     not closed
   * @param store folder of only this search: a URI of Hadoop that the driver and all executors
   *     reach, or the path of a directory that they share. Candidates continue from the snapshots
   *     in it
   * @param searched keys whose values are shown with a candidate on Spark's web page; null for none
   * @param grace time for a candidate to save its state after a request to stop; null for two
   *     minutes
   * @throws IllegalArgumentException if {@code spark} or {@code store} is null
   * @throws io.github.coconut4j.config.ConfigException if a setting of the context cannot be used
   *     for trainings
   */
  @Builder
  SparkCandidateTrainer(
      JavaSparkContext spark, String store, Collection<String> searched, Duration grace) {
    Arguments.requireNonNull(
        spark, "spark", "Make a context of SparkSettings.applyTo's configuration.");
    Arguments.requireNonNull(store, "store", "Name a folder that all executors reach.");
    SparkSettings.requireUsable(spark.getConf());
    this.spark = spark;
    this.store = store;
    this.searched = searched == null ? List.of() : List.copyOf(searched);
    this.grace = grace == null ? SparkSettings.GRACE : grace;
    this.threads = SparkSettings.taskCpus(spark.getConf());
    this.inputs = new InputFiles(inputFolder(), hadoop());
    this.progress = new Progress(spark);
    spark.sc().addSparkListener(tasks);
  }

  private Configuration hadoop() {
    return spark.hadoopConfiguration();
  }

  private String inputFolder() {
    return store + "/inputs";
  }

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    TrainingConfig config = config(job.getConfig());
    CandidateJob placed =
        CandidateJob.builder()
            .config(config)
            .directory(job.getDirectory())
            .cycle(job.getCycle())
            .limit(job.getLimit())
            .build();
    String name = job.getDirectory().path().getFileName().toString();
    RunStore runStore = new RunStore(store + "/candidates/" + name, hadoop());
    CandidateWork work = CandidateWork.of(placed, inputs.publish(config), runStore.toString());
    CandidateEnd end = run(work, placed, description(name, placed));
    if (end.timedOut()) {
      throw CandidateException.timedOut(job);
    }
    if (end.cause() != null) {
      throw CandidateException.failed(end.cause());
    }
    new RunFiles(job.getDirectory()).replaceBy(runStore, end.result(), config);
    return RunSummary.read(job.getDirectory().evaluation());
  }

  /** The configuration with as many threads as a task has cores, unless it sets fewer. */
  private TrainingConfig config(TrainingConfig config) throws CandidateException {
    if (config.getThreads() == null) {
      return config.toBuilder().threads(threads).build();
    }
    if (config.getThreads() > threads) {
      throw CandidateException.failed(
          "`threads` needs to be at most spark.task.cpus, "
              + threads
              + ", but is "
              + config.getThreads()
              + ". Remove it, or raise spark.task.cpus.");
    }
    return config;
  }

  /** The description of the job on Spark's web page. */
  private String description(String name, CandidateJob job) {
    Map<String, JsonNode> values = ConfigFile.values(job.getConfig());
    String keys =
        searched.stream()
            .filter(values::containsKey)
            .map(key -> key + "=" + values.get(key))
            .collect(Collectors.joining(", ", " {", "}"));
    String cycle = job.getCycle() == null ? "" : ", cycle " + job.getCycle();
    return "candidate " + name + cycle + (searched.isEmpty() ? "" : keys);
  }

  private CandidateEnd run(CandidateWork work, CandidateJob job, String description)
      throws IOException, InterruptedException, CandidateException {
    Failure.requireRunning(spark);
    String group = "coconut4j-" + UUID.randomUUID();
    spark.setJobGroup(group, description, true);
    JavaFutureAction<List<CandidateEnd>> action =
        spark
            .parallelize(List.of(work), 1)
            .map(new TrainCandidate(inputFolder(), progress))
            .collectAsync();
    try {
      CandidateEnd end = get(action, group, job.getLimit()).get(0);
      if (end.attempt() > 0) {
        log.warn(
            "The {} was trained in attempt {}, on {}.", description, end.attempt() + 1, end.host());
      }
      return end;
    } catch (InterruptedException e) {
      stop(action, group, description);
      throw e;
    } catch (TimeoutException e) {
      stop(action, group, description);
      throw CandidateException.timedOut(job);
    } catch (ExecutionException e) {
      Failure.requireRunning(spark); // or all further candidates would fail because of it
      throw CandidateException.failed(Failure.of(e.getCause()), e.getCause());
    } finally {
      spark.clearJobGroup();
      tasks.forget(group);
    }
  }

  /**
   * Waits for a job. Its task checks the limit itself, after each update; a task that hangs is
   * given up after the grace period. The time in which the job waits for an executor does not
   * count.
   */
  private List<CandidateEnd> get(
      JavaFutureAction<List<CandidateEnd>> action, String group, Duration limit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (limit == null) {
      return action.get();
    }
    while (true) {
      try {
        return action.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (tasks.runningFor(group).compareTo(limit.plus(grace)) > 0) {
          throw e;
        }
      }
    }
  }

  /** Cancels the job and waits for its task: the job ends at once, the task saves its state. */
  private void stop(JavaFutureAction<?> action, String group, String description)
      throws InterruptedException {
    action.cancel(true);
    if (!tasks.await(group, grace)) {
      log.warn("The {} did not save its state within {} s.", description, grace.toSeconds());
    }
  }

  /** Removes this trainer's listener from the context, which stays open. */
  @Override
  public void close() {
    spark.sc().removeSparkListener(tasks);
  }
}
