/**
 * Dropout (Srivastava et al. 2014) whose masks depend only on counters, so that threads,
 * micro-batches, padding and the latent loop do not change them.
 */
package io.github.coconut4j.model.dropout;
