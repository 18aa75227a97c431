/** Comparison of this library's numbers with those of another implementation, kept in a fixture. */
package io.github.coconut4j.parity;
