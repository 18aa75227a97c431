/** The training loop: gradients, optimiser, schedule, metrics and the state of a run. */
package io.github.coconut4j.train;
