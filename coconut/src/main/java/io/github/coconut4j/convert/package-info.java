/** Weights in foreign layouts made into model directories. */
package io.github.coconut4j.convert;
