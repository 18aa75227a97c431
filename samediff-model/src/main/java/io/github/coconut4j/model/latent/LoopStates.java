package io.github.coconut4j.model.latent;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What a latent loop gives in a graph.
 *
 * @param hidden final hidden states at {@link LoopInputs#queried()} [n, D]
 * @param layers what enters each of the L blocks at {@link LoopInputs#probed()} [L, m, D], the
 *     first after the embeddings' dropout; null where none are probed
 */
public record LoopStates(SDVariable hidden, SDVariable layers) {}
