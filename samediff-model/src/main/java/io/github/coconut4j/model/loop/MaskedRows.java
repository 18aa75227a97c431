package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.dropout.DropoutMask;

/**
 * The positions of some rows, in their order, and the dropout mask that they have.
 *
 * @param mask of the site
 * @param sequences each row's sequence
 * @param firstSteps the time step of its sequence's first real token, from which steps count
 * @param steps the row's step, its time step less that; negative on the padding before
 */
public record MaskedRows(DropoutMask mask, int[] sequences, int[] firstSteps, int[] steps) {}
