/** The training loop: gradients, optimiser, schedule, metrics and the state that a run is in. */
package io.github.coconut4j.train;
