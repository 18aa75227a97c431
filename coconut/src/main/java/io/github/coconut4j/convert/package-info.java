/** Converts weights in other layouts to model directories. */
package io.github.coconut4j.convert;
