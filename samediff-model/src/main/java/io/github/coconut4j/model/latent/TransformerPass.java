package io.github.coconut4j.model.latent;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What one pass of the transformer over some columns yields.
 *
 * @param hidden final hidden states of these columns, after the final layer norm [B, t, D]
 * @param keyValues keys and values of every column read so far, one entry a layer
 */
record TransformerPass(SDVariable hidden, List<KeyValues> keyValues) {}
