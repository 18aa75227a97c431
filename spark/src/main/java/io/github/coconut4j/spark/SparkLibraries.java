package io.github.coconut4j.spark;

import io.github.coconut4j.config.ConfigException;

/** Whether Spark is there; it refers to none of its classes. */
final class SparkLibraries {

  private SparkLibraries() {}

  /**
   * Refuses to go on without Spark.
   *
   * @throws ConfigException if its classes are not on the class path
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
