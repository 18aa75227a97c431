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
    try {
      Class.forName("org.apache.spark.SparkContext", false, SparkLibraries.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new ConfigException(
          "--spark needs Apache Spark 4.1 on the class path but it is not there. Set SPARK_HOME to"
              + " an unpacked Spark for ./coconut4j, or run spark-submit.");
    }
  }
}
