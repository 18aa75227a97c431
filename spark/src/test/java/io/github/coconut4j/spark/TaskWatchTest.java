package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The watch of a job group, with events as Spark sends them. */
class TaskWatchTest {

  private static final String GROUP = "group";
  private static final int STAGE = 3;

  private final TaskWatch tasks = new TaskWatch();

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  private void startJob() {
    StageInfo stage =
        new StageInfo(
            STAGE,
            0,
            "",
            1,
            seq(List.of()),
            seq(List.of()),
            "",
            null,
            null,
            Option.empty(),
            0,
            false,
            0);
    Properties properties = new Properties();
    properties.setProperty("spark.jobGroup.id", GROUP);
    tasks.onJobStart(new SparkListenerJobStart(0, 0, seq(List.of(stage)), properties));
  }

  private static TaskInfo task(long id) {
    return new TaskInfo(id, 0, 0, 0, 0, "1", "host", TaskLocality.PROCESS_LOCAL(), false);
  }

  private void startTask(long id) {
    tasks.onTaskStart(new SparkListenerTaskStart(STAGE, 0, task(id)));
  }

  private void endTask(long id) {
    tasks.onTaskEnd(new SparkListenerTaskEnd(STAGE, 0, "", Success$.MODULE$, task(id), null, null));
  }

  private boolean hasEnded() throws InterruptedException {
    return tasks.await(GROUP, Duration.ZERO);
  }

  /** Or the time limit of a candidate would run out while it waits for an executor. */
  @Test
  void aTaskRunsOnlyBetweenItsStartAndItsEnd() throws InterruptedException {
    assertThat(hasEnded()).as("no job yet").isFalse();

    startJob();
    assertThat(tasks.runningFor(GROUP)).isZero();
    assertThat(hasEnded()).isTrue();

    startTask(7);
    Thread.sleep(1);
    assertThat(tasks.runningFor(GROUP)).isPositive();
    assertThat(hasEnded()).isFalse();

    endTask(7);
    assertThat(tasks.runningFor(GROUP)).isZero();
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void tasksOfOtherJobsDoNotCount() throws InterruptedException {
    startJob();
    tasks.onTaskStart(new SparkListenerTaskStart(STAGE + 1, 0, task(9)));

    assertThat(tasks.runningFor(GROUP)).isZero();
    assertThat(hasEnded()).isTrue();
  }
}
