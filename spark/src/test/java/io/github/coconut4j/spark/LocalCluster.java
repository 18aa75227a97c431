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

/** A master and workers in this process, whose executors are processes of this machine. */
final class LocalCluster {

  private static JavaSparkContext shared;

  private LocalCluster() {}

  /** Two executors of one core, the same for all tests of the process; Spark ends them with it. */
  static synchronized JavaSparkContext shared() throws IOException {
    if (shared == null) {
      shared = new JavaSparkContext(conf(2));
    }
    return shared;
  }

  /** Settings for so many executors of one core. */
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

  /** Remembers where the newest task runs. */
  static final class NewestTask extends SparkListener {

    private final AtomicReference<String> executor = new AtomicReference<>();

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      executor.set(start.taskInfo().executorId());
    }

    /** Kills the executor's process, as {@code kill -9} does. */
    void kill() throws IOException {
      processes().forEach(ProcessHandle::destroyForcibly);
    }

    /** Tells the executor's process to end, as SIGTERM does. */
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
      // One, and for a moment those that it is about to make another program of.
      assertThat(found).as("the process of executor " + executor.get()).isNotEmpty();
      return found;
    }
  }

  /** Of a command line; a process handle knows its first few thousand letters alone. */
  private static List<String> words(ProcessHandle process) throws IOException {
    Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    return Files.exists(file) ? List.of(Files.readString(file).split("\0", -1)) : List.of();
  }
}
