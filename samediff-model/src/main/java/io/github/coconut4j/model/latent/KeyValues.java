package io.github.coconut4j.model.latent;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Keys and values of one layer for all columns read so far.
 *
 * @param keys [B, H, K, S]
 * @param values [B, H, K, S]
 */
record KeyValues(SDVariable keys, SDVariable values) {}
