package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import lombok.Getter;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/** The Spark context of a command. After a signal it stays open until the command has stopped. */
final class ClusterSession implements AutoCloseable {

  private static final String KUBERNETES = "k8s://";

  @Getter private final JavaSparkContext spark;

  /** Delays the end of the Java VM; the command itself handles the signal. */
  private final AwaitedWork work;

  private ClusterSession(SparkConf conf) {
    spark = new JavaSparkContext(conf);
    try {
      work = AwaitedWork.begin(SparkSettings.GRACE.plusSeconds(10), () -> {});
    } catch (IllegalStateException e) { // the Java VM is ending
      spark.close();
      throw e;
    }
  }

  /**
   * The settings of a session: Spark's defaults, this process's properties, the master, and the
   * settings that trainings need.
   *
   * @throws ConfigException if a setting cannot be used
   */
  static SparkConf conf(String given, String name) {
    String master = withProtocol(given);
    SparkLibraries.requireClusterManager(master);
    SparkConf conf = new SparkConf();
    String submitted = conf.get("spark.master", null);
    if (submitted != null && !withProtocol(submitted).equals(master)) {
      throw new ConfigException(
          "--spark and spark-submit need the same master, but --spark names "
              + master
              + " and spark-submit "
              + submitted
              + ". Give both the same.");
    }
    conf.setMaster(master).setIfMissing("spark.app.name", name);
    ClassPath.addTo(conf);
    return SparkSettings.applyTo(conf);
  }

  /**
   * A master as spark-submit rewrites it: an address of Kubernetes has {@code https} by default.
   */
  static String withProtocol(String master) {
    boolean isWithout =
        master.startsWith(KUBERNETES) && master.indexOf("://", KUBERNETES.length()) < 0;
    return isWithout ? KUBERNETES + "https://" + master.substring(KUBERNETES.length()) : master;
  }

  /**
   * Connects to the master.
   *
   * @throws ConfigException if the master cannot be reached, or Spark rejects a setting
   */
  static ClusterSession open(SparkConf conf) {
    try {
      return new ClusterSession(conf);
    } catch (Exception e) { // Scala does not declare checked exceptions
      throw new ConfigException(
          "Spark needs a master that it can reach, but with "
              + conf.get("spark.master")
              + " it says: "
              + Failure.of(e)
              + " Correct --spark or Spark's settings, or start the master.",
          e);
    }
  }

  /**
   * The folder of a search or run in the store. Each has a folder of its own, since training
   * continues from the snapshots in it. The folder's name is kept in the file {@code store/id} of
   * the directory. Its URI names the file system even if {@link SparkSettings#STORE} does not:
   * executors may have another default, such as those in Kubernetes' pods.
   *
   * @param directory directory of the search or run on the driver
   * @param anew whether to use a new folder; an existing one stays unchanged
   */
  static String store(SparkConf conf, Path directory, boolean anew) throws IOException {
    Path file = new RunDirectory(directory.toAbsolutePath().normalize()).storeId();
    String id;
    if (!anew && Files.exists(file)) {
      id = Files.readString(file).strip();
    } else {
      id = UUID.randomUUID().toString();
      AtomicFile.write(file, id + "\n");
    }
    return root(conf, file.getParent()) + "/" + id;
  }

  private static String root(SparkConf conf, Path local) throws IOException {
    if (!conf.contains(SparkSettings.STORE)) {
      return new org.apache.hadoop.fs.Path(local.toUri()).toString();
    }
    var folder = new org.apache.hadoop.fs.Path(conf.get(SparkSettings.STORE));
    return folder
        .getFileSystem(SparkHadoopUtil.get().newConfiguration(conf))
        .makeQualified(folder)
        .toString();
  }

  @Override
  public void close() {
    try (work) {
      spark.close();
    }
  }
}
