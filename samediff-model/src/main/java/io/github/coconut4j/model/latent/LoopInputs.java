package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * What a latent loop reads, as variables of its graph.
 *
 * @param sameDiff the graph, which holds the parameters under their Hugging Face names
 * @param config the architecture
 * @param tokenEmbeddings E [B, T, D]
 * @param positionIds INT32 [B, T]
 * @param attentionMask INT32 [B, T], 1 for a real position
 * @param latentMask INT32 [B, T], 1 for a latent
 * @param cells INT32 [n], the cells r * T + c whose hidden states are asked for, ascending
 */
record LoopInputs(
    SameDiff sameDiff,
    TransformerConfig config,
    SDVariable tokenEmbeddings,
    SDVariable positionIds,
    SDVariable attentionMask,
    SDVariable latentMask,
    SDVariable cells) {}
