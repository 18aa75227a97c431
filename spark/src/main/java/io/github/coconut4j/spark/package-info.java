/** Searches and data-parallel training on Apache Spark. */
package io.github.coconut4j.spark;
