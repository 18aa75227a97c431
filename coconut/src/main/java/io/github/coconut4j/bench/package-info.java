/** Times a training step and a generation on fixed shapes, for comparison with another library. */
package io.github.coconut4j.bench;
