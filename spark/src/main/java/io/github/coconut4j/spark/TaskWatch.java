package io.github.coconut4j.spark;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tracks which tasks of a job group are running. Spark ends a cancelled job at once, while its
 * tasks are still saving their state.
 */
final class TaskWatch extends SparkListener {

  private static final String GROUP = "spark.jobGroup.id";

  private final Map<Integer, String> groupOfStage = new HashMap<>();
  private final Map<Long, String> groupOfTask = new HashMap<>();
  private final Set<String> begun = new HashSet<>();
  private final Map<String, String> ownFailures = new HashMap<>();

  /** {@link System#nanoTime()} at which a group's newest task started. */
  private final Map<String, Long> starts = new HashMap<>();

  @Override
  public synchronized void onJobStart(SparkListenerJobStart job) {
    Properties properties = job.properties();
    String group = properties == null ? null : properties.getProperty(GROUP);
    if (group != null) {
      begun.add(group);
      CollectionConverters.asJava(job.stageIds())
          .forEach(stage -> groupOfStage.put((Integer) stage, group));
      notifyAll();
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart task) {
    String group = groupOfStage.get(task.stageId());
    if (group != null) {
      groupOfTask.put(task.taskInfo().taskId(), group);
      starts.put(group, System.nanoTime());
    }
  }

  /** How long a group's newest task has been running; zero if no task of the group runs. */
  synchronized Duration runningFor(String group) {
    return groupOfTask.containsValue(group)
        ? Duration.ofNanos(System.nanoTime() - starts.get(group))
        : Duration.ZERO;
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    String group = groupOfTask.remove(task.taskInfo().taskId());
    if (group != null) {
      if (task.reason() instanceof ExceptionFailure failure
          && failure.className().equals(RankFailure.class.getName())) {
        ownFailures.put(group, failure.description());
      }
      notifyAll();
    }
  }

  /** The cause if training itself failed in a task of a group, or empty. */
  synchronized Optional<String> ownFailure(String group) {
    return Optional.ofNullable(ownFailures.get(group));
  }

  /** Whether a group's job has started and none of its tasks is running. */
  private boolean isOver(String group) {
    return begun.contains(group) && !groupOfTask.containsValue(group);
  }

  /**
   * Waits until no task of a group is running.
   *
   * @return false if a task is still running after the limit
   */
  synchronized boolean await(String group, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!isOver(group)) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Removes a group whose tasks have ended. */
  synchronized void forget(String group) {
    begun.remove(group);
    ownFailures.remove(group);
    starts.remove(group);
    groupOfStage.values().removeIf(group::equals);
  }
}
