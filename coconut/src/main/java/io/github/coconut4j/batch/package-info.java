/** Continuous batching: requests of any time share a batch, which they join and leave. */
package io.github.coconut4j.batch;
