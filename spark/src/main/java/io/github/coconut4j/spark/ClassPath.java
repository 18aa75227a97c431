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

/** Gives executors this process's libraries where spark-submit has not. */
final class ClassPath {

  private static final String JARS = "spark.jars";
  private static final String OF_EXECUTORS = "spark.executor.extraClassPath";

  private ClassPath() {}

  /**
   * Executors of {@code local-cluster} are processes of this machine and read the same files; those
   * of a cluster have Spark's own libraries and are sent the others.
   */
  static void addTo(SparkConf conf) {
    String master = conf.get("spark.master");
    if (master.startsWith("local-cluster")) {
      conf.setIfMissing(OF_EXECUTORS, String.join(File.pathSeparator, entries()));
    } else if (!master.startsWith("local") && !conf.contains(JARS)) {
      conf.set(JARS, withoutSpark(entries()));
    }
  }

  /** All jars but those of an installed Spark; where its jars lie among ours, they go along. */
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
