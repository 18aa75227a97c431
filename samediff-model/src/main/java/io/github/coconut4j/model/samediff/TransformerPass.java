package io.github.coconut4j.model.samediff;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The results of one pass of the transformer over some time steps.
 *
 * @param hidden final hidden states of these time steps, after the final layer norm [B, t, D]
 * @param layers the input of each block at these time steps [B * t, D]
 * @param keyValues keys and values of every time step read so far, one entry per layer
 */
record TransformerPass(SDVariable hidden, List<SDVariable> layers, List<KeyValues> keyValues) {}
