package io.github.coconut4j.spark;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

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
      Path sparks = Path.of(locationOfSpark()).getParent();
      conf.set(
          JARS,
          entries().stream()
              .filter(entry -> entry.endsWith(".jar") && !Path.of(entry).startsWith(sparks))
              .map(entry -> Path.of(entry).toUri().toString())
              .collect(Collectors.joining(",")));
    }
  }

  private static List<String> entries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
        .toList();
  }

  private static String locationOfSpark() {
    return new File(
            SparkContext.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .getPath();
  }
}
