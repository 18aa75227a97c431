package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;

/** Checks for Spark's classes without referring to them. */
final class SparkLibraries {

  private SparkLibraries() {}

  /**
   * Checks that Spark is on the class path.
   *
   * @throws ConfigException if it is not
   */
  static void requirePresent() {
    if (!isPresent("org.apache.spark.SparkContext")) {
      throw new ConfigException(
          "--spark needs Apache Spark 4.1 on the class path but it is not there. Set SPARK_HOME to"
              + " an unpacked Spark for ./coconut4j, or run spark-submit.");
    }
  }

  /**
   * Checks that Spark's jars for YARN or Kubernetes are on the class path if a master needs them.
   * Without them Spark only says that it cannot parse the master.
   *
   * @throws ConfigException if they are not
   */
  static void requireClusterManager(String master) {
    if (master.equals("yarn")) {
      requireJar(master, "spark-yarn", "YarnClusterManager");
    } else if (master.startsWith("k8s:")) {
      requireJar(master, "spark-kubernetes", "k8s.KubernetesClusterManager");
    }
  }

  private static void requireJar(String master, String jar, String manager) {
    if (!isPresent("org.apache.spark.scheduler.cluster." + manager)) {
      throw new ConfigException(
          "--spark %s needs Spark's jar %s on the class path but it is not there. Set SPARK_HOME to"
                  .formatted(master, jar)
              + " a complete Spark for ./coconut4j, or run its spark-submit.");
    }
  }

  private static boolean isPresent(String type) {
    try {
      Class.forName(type, false, SparkLibraries.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
