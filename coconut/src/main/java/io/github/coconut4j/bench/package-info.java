/** Times a training step and a generation on fixed shapes, to be compared with another library. */
package io.github.coconut4j.bench;
