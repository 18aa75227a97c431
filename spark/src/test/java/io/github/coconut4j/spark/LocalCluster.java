package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/** A master and workers in this process; their executors are processes on this machine. */
final class LocalCluster {

  private static JavaSparkContext shared;

  private LocalCluster() {}

  /** Two executors of one core, shared by all tests of this process; Spark ends them with it. */
  static synchronized JavaSparkContext shared() throws IOException {
    if (shared == null) {
      shared = new JavaSparkContext(conf(2));
    }
    return shared;
  }

  /** Settings for a number of executors of one core. */
  static SparkConf conf(int executors) throws IOException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[" + executors + ",1,1500]")
            .setAppName("test")
            .set("spark.executor.memory", "512m")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.ui.enabled", "false");
    ClassPath.addTo(conf);
    return SparkSettings.applyTo(conf);
  }

  /** Knows the executor of the newest task. */
  static final class NewestTask extends SparkListener {

    private final AtomicReference<String> executor = new AtomicReference<>();

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      executor.set(start.taskInfo().executorId());
    }

    /** Kills the process of that executor, as {@code kill -9} does. */
    void kill() throws IOException {
      processes().forEach(ProcessHandle::destroyForcibly);
    }

    /** Sends SIGTERM to the process of that executor. */
    void terminate() throws IOException {
      processes().forEach(ProcessHandle::destroy);
    }

    private List<ProcessHandle> processes() throws IOException {
      List<ProcessHandle> found = new ArrayList<>();
      for (ProcessHandle process : ProcessHandle.current().descendants().toList()) {
        if (words(process).containsAll(List.of("--executor-id", executor.get()))) {
          found.add(process);
        }
      }
      // One, and for a moment children that have not started their own program yet.
      assertThat(found).as("the process of executor " + executor.get()).isNotEmpty();
      return found;
    }
  }

  /** Words of a command line; a process handle has only its first few thousand characters. */
  private static List<String> words(ProcessHandle process) throws IOException {
    Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    return Files.exists(file) ? List.of(Files.readString(file).split("\0", -1)) : List.of();
  }
}
