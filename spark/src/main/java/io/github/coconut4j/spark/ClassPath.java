package io.github.coconut4j.spark;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.nd4j.linalg.factory.Nd4j;

/** Gives executors this process's libraries, unless spark-submit has done so. */
final class ClassPath {

  private static final String JARS = "spark.jars";
  private static final String OF_EXECUTORS = "spark.executor.extraClassPath";

  private ClassPath() {}

  /**
   * Adds the libraries to a configuration. Executors of {@code local-cluster} run on this machine
   * and read the same files. Executors of other clusters have Spark's own libraries and are sent
   * the rest.
   */
  static void addTo(SparkConf conf) {
    String master = conf.get("spark.master");
    if (master.startsWith("local-cluster")) {
      conf.setIfMissing(OF_EXECUTORS, String.join(File.pathSeparator, entries()));
    } else if (!master.startsWith("local") && !conf.contains(JARS)) {
      conf.set(JARS, withoutSpark(entries()));
    }
  }

  /** All jars except those of an installed Spark. Spark's jars in a shared folder are included. */
  private static String withoutSpark(List<String> entries) {
    Path spark = Path.of(location(SparkContext.class)).getParent();
    boolean isApart = !Path.of(location(Nd4j.class)).startsWith(spark);
    return entries.stream()
        .filter(entry -> entry.endsWith(".jar") && !(isApart && Path.of(entry).startsWith(spark)))
        .map(entry -> Path.of(entry).toUri().toString())
        .collect(Collectors.joining(","));
  }

  private static List<String> entries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
        .toList();
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("A class path has entries that are no files", e);
    }
  }
}
