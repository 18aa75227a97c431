/** The native memory of ND4J's arrays, and how much of it there is. */
package io.github.coconut4j.model.memory;
