package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SparkSettingsTest {

  private static SparkConf conf(String master, String... keysAndValues) {
    SparkConf conf = new SparkConf(false).setMaster(master);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      conf.set(keysAndValues[i], keysAndValues[i + 1]);
    }
    return conf;
  }

  /** Whichever setting is given, an executor has one task with all its cores. */
  @ParameterizedTest
  @CsvSource({
    "local, '', '', 1",
    "local[3], '', '', 3",
    "'local-cluster[2,4,1500]', '', '', 4",
    "spark://h:7077, '', '', 1",
    "spark://h:7077, 8, '', 8",
    "yarn, '', 4, 4",
    "k8s://https://h, 4, 4, 4"
  })
  void anExecutorHasOneTask(String master, String executorCores, String taskCpus, int threads) {
    SparkConf conf = conf(master);
    if (!executorCores.isEmpty()) {
      conf.set("spark.executor.cores", executorCores);
    }
    if (!taskCpus.isEmpty()) {
      conf.set("spark.task.cpus", taskCpus);
    }

    SparkSettings.applyTo(conf);

    assertThat(SparkSettings.taskCpus(conf)).isEqualTo(threads);
    if (!master.startsWith("local")) {
      assertThat(conf.getInt("spark.executor.cores", 0)).isEqualTo(threads);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "spark.executor.cores, 8, spark.task.cpus, 2, Set spark.task.cpus to 8",
    "spark.executor.cores, 2, spark.task.cpus, 4, Lower spark.task.cpus",
    "spark.executor.cores, 4, spark.task.cpus, 0, Set it to the cores of an executor",
    "spark.executor.cores, 0, spark.app.name, none, Set it to the cores of an executor",
    "spark.speculation, true, spark.task.cpus, 1, Set it to false",
    "spark.authenticate, true, spark.task.cpus, 1, --properties-file",
    "spark.executor.resource.gpu.amount, 2, spark.task.cpus, 1, Set it to 1",
    "spark.executor.resource.gpu.amount, 1, spark.task.resource.gpu.amount, 0.5, Set it to 1"
  })
  void whatTrainingsDoNotBearIsRefusedWithTheRemedy(
      String key, String value, String other, String otherValue, String remedy) {
    assertThatThrownBy(
            () -> SparkSettings.applyTo(conf("spark://h:7077", key, value, other, otherValue)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(remedy);
  }

  @Test
  void severalTasksInOneProcessAreRefused() {
    assertThatThrownBy(() -> SparkSettings.applyTo(conf("local[4]", "spark.task.cpus", "1")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Set spark.task.cpus to 4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local[0]", "local-cluster[2,0,1500]"})
  void aMasterWithoutCoresIsRejected(String master) {
    assertThatThrownBy(() -> SparkSettings.applyTo(conf(master)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("spark.task.cpus");
  }

  /** Spark rejects it by itself, with a message about the master. */
  @Test
  void aMasterWithMoreCoresThanAnIntegerIsLeftToSpark() {
    assertThat(SparkSettings.taskCpus(SparkSettings.applyTo(conf("local[99999999999]")))).isOne();
  }

  /** YARN and Kubernetes create a secret themselves. */
  @ParameterizedTest
  @CsvSource({"spark://h:7077, s", "yarn,", "k8s://https://h:6443,"})
  void authenticationIsTakenWhereThereIsASecret(String master, String secret) {
    SparkConf conf = conf(master, "spark.authenticate", "true");
    if (secret != null) {
      conf.set("spark.authenticate.secret", secret);
    }

    assertThat(SparkSettings.applyTo(conf)).isSameAs(conf);
  }

  @Test
  void aTaskHasTheGpuOfItsExecutor() {
    SparkConf conf = conf("spark://h:7077", "spark.executor.resource.gpu.amount", "1");

    SparkSettings.applyTo(conf);

    assertThat(conf.get("spark.task.resource.gpu.amount")).isEqualTo("1");
    assertThat(conf.get("spark.executorEnv.CUDA_DEVICE_ORDER")).isEqualTo("PCI_BUS_ID");
  }

  @Test
  void aMasterIsNeeded() {
    assertThatThrownBy(() -> SparkSettings.requireUsable(new SparkConf(false)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--spark MASTER");
  }

  /** Arrays are off the heap: the overhead is for them, and JavaCPP gets the limit. */
  @Test
  void arraysHaveTheOverheadForThemselves() {
    SparkConf conf =
        conf("yarn", "spark.executor.memory", "2g", "spark.executor.extraJavaOptions", "-Dmine=1");

    SparkSettings.applyTo(conf);

    assertThat(conf.get("spark.executor.memoryOverhead")).isEqualTo("2048m");
    assertThat(conf.get("spark.executor.extraJavaOptions"))
        .isEqualTo(
            "-Dmine=1 -Dorg.bytedeco.javacpp.maxbytes=1843m"
                + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0");
  }

  @Test
  void limitsThatAreGivenStay() {
    SparkConf conf =
        conf(
            "yarn",
            "spark.executor.memoryOverhead",
            "6g",
            "spark.executor.extraJavaOptions",
            "-Dorg.bytedeco.javacpp.maxbytes=5g");

    SparkSettings.applyTo(conf);

    assertThat(conf.get("spark.executor.memoryOverhead")).isEqualTo("6g");
    assertThat(conf.get("spark.executor.extraJavaOptions"))
        .isEqualTo("-Dorg.bytedeco.javacpp.maxbytes=5g");
  }

  @Test
  void ranksAreTheExecutorsThatSparkWasAskedFor() {
    assertThat(SparkSettings.ranks(conf("local-cluster[4,1,1500]"))).isEqualTo(4);
    assertThat(SparkSettings.ranks(conf("yarn", "spark.executor.instances", "8"))).isEqualTo(8);
    assertThat(
            SparkSettings.ranks(
                conf("yarn", "spark.executor.instances", "8", SparkSettings.RANKS, "2")))
        .isEqualTo(2);
    assertThatThrownBy(() -> SparkSettings.ranks(conf("yarn")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("spark.executor.instances");
  }

  @Test
  void aTrainingRefusesExecutorsThatComeAndGo() {
    assertThatThrownBy(
            () ->
                SparkSettings.requireFixedExecutors(
                    conf("yarn", "spark.dynamicAllocation.enabled", "true")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("Set it to false");
  }
}
