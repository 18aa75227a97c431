/** Continuous batching: requests share a batch, which they join and leave at any time. */
package io.github.coconut4j.batch;
