package io.github.coconut4j.train;

/**
 * What one update did.
 *
 * @param loss mean loss over the labelled tokens, before the update
 * @param gradNorm norm of the gradients, before clipping
 * @param applied false where the update was left out because a number was not finite
 */
record UpdateResult(double loss, double gradNorm, boolean applied) {}
