/** The native memory of ND4J's arrays, and its size. */
package io.github.coconut4j.model.memory;
