package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.dropout.DropoutMask;

/**
 * The positions of some rows, in their order, with their dropout mask.
 *
 * @param mask the site's mask
 * @param sequences each row's sequence
 * @param firstSteps each row's time step of its sequence's first real token, from which steps count
 * @param steps each row's step, its time step minus that; negative on the padding before
 */
public record MaskedRows(DropoutMask mask, int[] sequences, int[] firstSteps, int[] steps) {}
