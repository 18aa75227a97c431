package io.github.coconut4j.model.latent;

import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The inputs of a latent loop, as variables of its graph.
 *
 * @param sameDiff the graph
 * @param parameters returns the variable of a parameter by its Hugging Face name; several loops of
 *     one graph have separate variables
 * @param tokenEmbeddings E [B, T, D]
 * @param positionIds INT32 [B, T]
 * @param attentionMask INT32 [B, T], as {@link LatentBatch#getAttentionMask}
 * @param latentMask INT32 [B, T], 1 for a latent
 * @param queried INT32 [n], the positions b · T + t whose hidden states are requested, ascending
 * @param probed INT32 [m], the positions whose hidden states of inner layers are requested,
 *     ascending; or null for none
 * @param dropout dropout of the batch, or null for none
 */
public record LoopInputs(
    SameDiff sameDiff,
    Function<String, SDVariable> parameters,
    SDVariable tokenEmbeddings,
    SDVariable positionIds,
    SDVariable attentionMask,
    SDVariable latentMask,
    SDVariable queried,
    SDVariable probed,
    DropoutInputs dropout) {

  /** Makes inputs without hidden states of inner layers and without dropout. */
  public LoopInputs(
      SameDiff sameDiff,
      Function<String, SDVariable> parameters,
      SDVariable tokenEmbeddings,
      SDVariable positionIds,
      SDVariable attentionMask,
      SDVariable latentMask,
      SDVariable queried) {
    this(
        sameDiff,
        parameters,
        tokenEmbeddings,
        positionIds,
        attentionMask,
        latentMask,
        queried,
        null,
        null);
  }
}
