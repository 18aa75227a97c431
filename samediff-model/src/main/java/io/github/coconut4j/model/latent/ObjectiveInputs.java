package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.samediff.ThoughtMapGraph;
import java.util.function.Function;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.Getter;
import lombok.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The inputs of an objective from a model, as variables of the model's graph.
 *
 * <p>Shapes: B sequences, T time steps, L layers, D width, V vocabulary, n queried and m probed
 * positions.
 */
@Value
@Builder(access = AccessLevel.PACKAGE, toBuilder = true)
public class ObjectiveInputs {

  /** Architecture of the model. */
  TransformerConfig config;

  /** Final hidden states at the queried positions [n, D]. */
  SDVariable hidden;

  /**
   * The input of each block at the probed positions [L, m, D], the first after the embeddings'
   * dropout; null unless {@link Objective#readsLayers}.
   */
  SDVariable layers;

  /** Token embeddings [V, D]. */
  SDVariable tokenTable;

  /** Output embeddings [V, D], which may be the token embeddings. */
  SDVariable outputTable;

  @Getter(AccessLevel.NONE)
  Function<TransformerConfig, LatentLoop> loops;

  /** The model's graph. */
  public SameDiff getGraph() {
    return hidden.getSameDiff();
  }

  /** The same with other hidden states [·, D], such as some of these. */
  public ObjectiveInputs withHidden(SDVariable states) {
    return toBuilder().hidden(states).build();
  }

  /**
   * The inputs of latents that follow these hidden states, [·, D].
   *
   * @param states final hidden states [·, D]
   */
  public SDVariable latents(SDVariable states) {
    return ThoughtMapGraph.latents(states, getGraph()::getVariable, config);
  }

  /** The variable of one of the model's parameters, by its Hugging Face name. */
  public SDVariable parameter(String name) {
    return getGraph().getVariable(name);
  }

  /**
   * Runs a transformer over input embeddings, without latents and dropout: another model, or this
   * one again.
   *
   * @param other its architecture, with the width of the embeddings
   * @param parameters the variables of its parameters, by Hugging Face name
   * @param embeddings [S, U, D], without positions
   * @param positionIds INT32 [S, U]
   * @param attentionMask INT32 [S, U], 1 for a real position
   * @param queried INT32, positions s · U + u, ascending
   * @return final hidden states at the queried positions
   */
  public SDVariable run(
      TransformerConfig other,
      Function<String, SDVariable> parameters,
      SDVariable embeddings,
      SDVariable positionIds,
      SDVariable attentionMask,
      SDVariable queried) {
    SDVariable noLatents = attentionMask.mul(0);
    return loops
        .apply(other)
        .states(
            new LoopInputs(
                getGraph(), parameters, embeddings, positionIds, attentionMask, noLatents, queried),
            BatchLayout.withoutLatents())
        .hidden();
  }
}
