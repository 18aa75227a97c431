package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/**
 * Spark settings for trainings: one training at a time in an executor, as many kernel threads as
 * the task has cores, and memory for arrays, which are off the heap.
 */
public final class SparkSettings {

  /**
   * Folder for snapshots that the driver and all executors reach, a URI of Hadoop. The default is
   * the folder {@code store} in the directory of the run or search.
   */
  public static final String STORE = "spark.coconut4j.store";

  /** Number of ranks of a training. The default is the number of executors requested from Spark. */
  public static final String RANKS = "spark.coconut4j.ranks";

  /** Format in which ranks exchange gradients: {@code float32} (the default) or {@code bf16}. */
  public static final String WIRE = "spark.coconut4j.wire";

  /** Time for a training to save its state after a request to stop. */
  static final Duration GRACE = Duration.ofMinutes(2);

  private static final String TASK_CPUS = "spark.task.cpus";
  private static final String EXECUTOR_CORES = "spark.executor.cores";
  private static final String EXECUTOR_MEMORY = "spark.executor.memory";
  private static final String OVERHEAD = "spark.executor.memoryOverhead";
  private static final String JAVA_OPTIONS = "spark.executor.extraJavaOptions";
  private static final String SPECULATION = "spark.speculation";
  private static final String DYNAMIC = "spark.dynamicAllocation.enabled";

  private static final String AUTHENTICATION = "spark.authenticate";
  private static final String AUTHENTICATION_SECRET = "spark.authenticate.secret";

  private static final Pattern LOCAL =
      Pattern.compile("local(?:\\[(\\d{1,9}|\\*)(?:,\\s*\\d+)?])?");
  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*(\\d{1,9})\\s*,\\s*(\\d{1,9})\\s*,\\s*(\\d+)\\s*]");

  /** Spark's smallest default for an executor's memory off the heap, in MiB. */
  private static final long LEAST_OVERHEAD = 384;

  /** Part of the memory overhead for arrays; the rest is for the Java VM. */
  private static final double SHARE_OF_ARRAYS = 0.9;

  private SparkSettings() {}

  /**
   * Sets everything that trainings need and that is not set yet. Call it before you make the
   * context.
   *
   * @return the same configuration
   * @throws ConfigException if there is no master, or a setting cannot be used for trainings
   */
  public static SparkConf applyTo(SparkConf conf) {
    setCores(conf);
    setMemory(conf);
    ExecutorGpus.applyTo(conf);
    conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
    conf.setIfMissing(SPECULATION, "false");
    conf.setIfMissing("spark.task.maxFailures", "3");
    conf.setIfMissing("spark.excludeOnFailure.taskAndStage.enabled", "true");
    conf.setIfMissing("spark.task.reaper.enabled", "true");
    conf.setIfMissing("spark.task.reaper.killTimeout", GRACE.toSeconds() + "s");
    requireUsable(conf);
    return conf;
  }

  /** Gives a task all cores of its executor, whichever of the two is set. */
  private static void setCores(SparkConf conf) {
    Integer local = coresOfMaster(conf.get("spark.master", ""));
    if (local != null) {
      conf.setIfMissing(TASK_CPUS, local.toString());
      return;
    }
    if (conf.contains(EXECUTOR_CORES)) {
      conf.setIfMissing(TASK_CPUS, conf.get(EXECUTOR_CORES));
    } else {
      conf.set(EXECUTOR_CORES, Integer.toString(taskCpus(conf)));
    }
  }

  /** Number of cores of an executor if the master contains it, or null. */
  private static Integer coresOfMaster(String master) {
    Matcher local = LOCAL.matcher(master);
    if (local.matches()) {
      String cores = local.group(1);
      return cores == null
          ? Integer.valueOf(1)
          : cores.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.valueOf(cores);
    }
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    return cluster.matches() ? Integer.valueOf(cluster.group(2)) : null;
  }

  private static void setMemory(SparkConf conf) {
    long heap = JavaUtils.byteStringAsMb(conf.get(EXECUTOR_MEMORY, "1g"));
    conf.setIfMissing(OVERHEAD, Math.max(LEAST_OVERHEAD, heap) + "m");
    String given = conf.get(JAVA_OPTIONS, "");
    if (!given.contains("org.bytedeco.javacpp.maxbytes")) {
      long arrays = (long) (SHARE_OF_ARRAYS * JavaUtils.byteStringAsMb(conf.get(OVERHEAD)));
      conf.set(
          JAVA_OPTIONS,
          String.format(
                  Locale.ROOT,
                  "%s -Dorg.bytedeco.javacpp.maxbytes=%dm"
                      + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                  given,
                  arrays)
              .strip());
    }
  }

  /** Number of cores of a task, and so of threads of a training. */
  static int taskCpus(SparkConf conf) {
    return conf.getInt(TASK_CPUS, 1);
  }

  /**
   * Rejects settings with which trainings would fail or give other results.
   *
   * @throws ConfigException that names the setting and the remedy
   */
  static void requireUsable(SparkConf conf) {
    if (!conf.contains("spark.master")) {
      throw new ConfigException(
          "Spark needs a master but has none. Give --spark MASTER, or set spark.master.");
    }
    if (conf.getBoolean(SPECULATION, false)) {
      throw new ConfigException(
          "Spark must not start a second copy of a training, but spark.speculation is true. Set it"
              + " to false.");
    }
    String master = conf.get("spark.master");
    requireSecret(conf, master);
    ExecutorGpus.requireUsable(conf);
    requireOneTask(conf, master);
  }

  /** An executor must have cores for one task, and not for two. */
  private static void requireOneTask(SparkConf conf, String master) {
    Integer ofMaster = coresOfMaster(master);
    int cores = ofMaster == null ? conf.getInt(EXECUTOR_CORES, 1) : ofMaster;
    int cpus = taskCpus(conf);
    if (cpus < 1) {
      throw ConfigException.of(
          TASK_CPUS, "at least 1", cpus, "Set it to the cores of an executor.");
    }
    if (cores < cpus) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "A task needs an executor with as many cores, but spark.task.cpus is %d and an"
                  + " executor of %s has %d cores. Lower spark.task.cpus.",
              cpus,
              master,
              cores));
    }
    if (cores / cpus > 1) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "An executor must train one model at a time, since the number of threads is one"
                  + " setting for all, but with %d cores and spark.task.cpus %d it would run %d"
                  + " tasks. Set spark.task.cpus to %d, or spark.executor.cores to %d.",
              cores,
              cpus,
              cores / cpus,
              cores,
              cpus));
    }
  }

  /**
   * YARN and Kubernetes create a secret. Elsewhere Spark's own message does not name the remedy.
   */
  private static void requireSecret(SparkConf conf, String master) {
    boolean isGiven = conf.contains(AUTHENTICATION_SECRET);
    boolean isNeeded = master.startsWith("spark:") || master.startsWith("local-cluster");
    if (conf.getBoolean(AUTHENTICATION, false) && isNeeded && !isGiven) {
      throw new ConfigException(
          "Spark's processes need a shared secret, since "
              + AUTHENTICATION
              + " is true, but "
              + AUTHENTICATION_SECRET
              + " is not set. Set it to the master's, in a file that only you can read: by"
              + " spark-submit --properties-file FILE, or by COCONUT4J_OPTS=@FILE with"
              + " -Dspark.authenticate.secret=… in it.");
    }
  }

  /**
   * Rejects a changing number of executors, which barrier stages do not support.
   *
   * @throws ConfigException if dynamic allocation is on
   */
  static void requireFixedExecutors(SparkConf conf) {
    if (conf.getBoolean(DYNAMIC, false)) {
      throw new ConfigException(
          "The ranks of a training need a fixed number of executors, since they run at the same"
              + " time, but "
              + DYNAMIC
              + " is true. Set it to false and spark.executor.instances to the number of ranks.");
    }
  }

  /**
   * The number of ranks of a training: {@link #RANKS}, or the number of executors in the master or
   * in {@code spark.executor.instances}.
   *
   * @throws ConfigException if none of them is set
   */
  static int ranks(SparkConf conf) {
    if (conf.contains(RANKS)) {
      return conf.getInt(RANKS, 1);
    }
    String master = conf.get("spark.master");
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    if (cluster.matches()) {
      return Integer.parseInt(cluster.group(1));
    }
    if (LOCAL.matcher(master).matches()) {
      return 1;
    }
    if (conf.contains("spark.executor.instances")) {
      return conf.getInt("spark.executor.instances", 1);
    }
    throw new ConfigException(
        "A training needs a number of ranks, one per executor, but neither spark.executor.instances"
            + " nor "
            + RANKS
            + " is set. Set one of them.");
  }
}
