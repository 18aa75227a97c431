package io.github.coconut4j.model.latent;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The results of a latent loop in a graph.
 *
 * @param hidden final hidden states at {@link LoopInputs#queried()} [n, D]
 * @param layers the inputs of each of the L blocks at {@link LoopInputs#probed()} [L, m, D], the
 *     first after the embeddings' dropout; null if none are probed
 */
public record LoopStates(SDVariable hidden, SDVariable layers) {}
