package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.op.EmbeddingLookup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The transformer as SameDiff operations, one method for each part of a block, for GPT-2, Llama and
 * the architectures derived from it.
 *
 * <p>Shapes: B sequences, t time steps of this pass, K time steps read so far including this pass
 * (the keys), D width, H attention heads, G heads of keys and values, S width of a head. Inside a
 * block hidden states are kept as [B * t, D].
 *
 * @see <a href="https://d4mucfpksywv.cloudfront.net/better-language-models/language-models.pdf">
 *     Radford et al. 2019, section 2.3</a>
 * @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al. 2023, section 2.2</a>
 */
final class TransformerGraph {

  private final SameDiff sameDiff;
  private final TransformerConfig config;
  private final ParameterLayout layout;
  private final GraphLayers layers;
  private final BinaryOperator<SDVariable> lookup;

  /**
   * Adds a transformer to a graph.
   *
   * @param parameters the variable of a parameter, by its Hugging Face name
   */
  TransformerGraph(
      SameDiff sameDiff, Function<String, SDVariable> parameters, TransformerConfig config) {
    this(sameDiff, parameters, config, EmbeddingLookup::of);
  }

  /**
   * Adds a transformer to a graph.
   *
   * @param parameters the variable of a parameter, by its Hugging Face name
   * @param lookup rows of a table [V, D] by indices [...] -> [..., D]
   */
  TransformerGraph(
      SameDiff sameDiff,
      Function<String, SDVariable> parameters,
      TransformerConfig config,
      BinaryOperator<SDVariable> lookup) {
    this.sameDiff = sameDiff;
    this.config = config;
    this.lookup = lookup;
    layout = ParameterLayout.of(config);
    layers = new GraphLayers(sameDiff, parameters, config, layout);
  }

  /**
   * Reads some time steps, given what was read before them.
   *
   * @param embeddings input embeddings without positions [B, t, D]
   * @param positionIds INT32 [B, t]
   * @param attentionBias 0 if a query may attend to a key, otherwise a large negative number [B, 1,
   *     t, K]
   * @param past keys and values read before, one entry per layer; empty at the beginning
   * @param dropout dropout of these time steps
   */
  TransformerPass pass(
      SDVariable embeddings,
      SDVariable positionIds,
      SDVariable attentionBias,
      List<KeyValues> past,
      PassDropout dropout) {
    SDVariable shape = sameDiff.shape(embeddings);
    SDVariable input = withPositions(embeddings, positionIds).reshape(-1, config.getNEmbd());
    SDVariable hidden = dropout.dropped(DropoutSite.EMBEDDING, 0, input);
    RotaryGraph rotary =
        config.getRotary() == null ? null : new RotaryGraph(config, positionIds, embeddings);
    List<SDVariable> blockInputs = new ArrayList<>();
    List<KeyValues> keyValues = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      blockInputs.add(hidden);
      SDVariable normed = layers.norm(hidden, Role.ATTENTION_NORM, layer);
      SDVariable[] queryKeyValue = projections(normed, shape, layer, dropout);
      if (rotary != null) {
        queryKeyValue[0] = rotary.rotate(queryKeyValue[0]);
        queryKeyValue[1] = rotary.rotate(queryKeyValue[1]);
      }
      KeyValues extended =
          extend(past.isEmpty() ? null : past.get(layer), queryKeyValue[1], queryKeyValue[2]);
      keyValues.add(extended);
      SDVariable attended =
          attention(queryKeyValue[0], extended, attentionBias, shape, layer, dropout);
      SDVariable attentionOutput = layers.linear(attended, Role.ATTENTION_OUTPUT, layer, dropout);
      hidden = hidden.add(dropout.dropped(DropoutSite.ATTENTION_OUTPUT, layer, attentionOutput));
      SDVariable normedMid = layers.norm(hidden, Role.FEED_FORWARD_NORM, layer);
      SDVariable output = feedForward(normedMid, layer, dropout);
      hidden = hidden.add(dropout.dropped(DropoutSite.FEED_FORWARD_OUTPUT, layer, output));
    }
    SDVariable last = layers.norm(hidden, Role.FINAL_NORM, ParameterLayout.NO_LAYER);
    return new TransformerPass(last.reshape(shape), blockInputs, keyValues);
  }

  /** The inputs of latents after hidden states [n, D]: {@link ThoughtMapConfig}. */
  SDVariable latents(SDVariable hidden) {
    int width = config.getNEmbd();
    return switch (config.getThoughtMap().getKind()) {
      case IDENTITY -> hidden;
      case SCALE ->
          layers
              .normalized(hidden, width, ThoughtMapConfig.SCALE_EPSILON)
              .mul(config.getThoughtMap().getScale() / Math.sqrt(width));
      case PROJECTION -> {
        SDVariable up =
            layers.linear(hidden, Role.THOUGHT_UP, ParameterLayout.NO_LAYER, PassDropout.NONE);
        SDVariable activated = layers.activated(Activation.GELU, up);
        SDVariable down =
            layers.linear(activated, Role.THOUGHT_DOWN, ParameterLayout.NO_LAYER, PassDropout.NONE);
        yield layers.norm(down, Role.THOUGHT_NORM, ParameterLayout.NO_LAYER);
      }
    };
  }

  private SDVariable withPositions(SDVariable embeddings, SDVariable positionIds) {
    if (!layout.has(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER)) {
      return embeddings;
    }
    SDVariable table = layers.weight(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER);
    return embeddings.add(lookup.apply(table, positionIds));
  }

  /** Queries [B, H, t, S], keys and values [B, G, t, S], before positions. */
  private SDVariable[] projections(SDVariable x, SDVariable shape, int layer, PassDropout dropout) {
    if (layout.has(Role.QUERY_KEY_VALUE, layer)) {
      return Arrays.stream(
              sameDiff.split(layers.linear(x, Role.QUERY_KEY_VALUE, layer, dropout), 3, 1))
          .map(each -> heads(each, shape, config.getNHead()))
          .toArray(SDVariable[]::new);
    }
    SDVariable queries =
        headNorm(layers.linear(x, Role.QUERY, layer, dropout), Role.QUERY_NORM, layer);
    SDVariable keys = headNorm(layers.linear(x, Role.KEY, layer, dropout), Role.KEY_NORM, layer);
    return new SDVariable[] {
      heads(queries, shape, config.getNHead()),
      heads(keys, shape, config.keyValueHeads()),
      heads(layers.linear(x, Role.VALUE, layer, dropout), shape, config.keyValueHeads())
    };
  }

  /** Qwen3's norm over each head: [B * t, heads * S] to the same, or [B * t * heads, S]. */
  private SDVariable headNorm(SDVariable x, Role role, int layer) {
    return layout.has(role, layer) ? layers.norm(x.reshape(-1, config.headSize()), role, layer) : x;
  }

  /**
   * (m ⊙ softmax(scale · Q Kᵀ + bias)) V with the heads side by side again: -> [B * t, H * S].
   * Query head i reads key and value head i / (H / G): the queries of such a group are consecutive.
   */
  private SDVariable attention(
      SDVariable queries,
      KeyValues past,
      SDVariable attentionBias,
      SDVariable shape,
      int layer,
      PassDropout dropout) {
    double scale = config.attentionScale(layer);
    SDVariable grouped = grouped(queries.mul(scale), shape, config.headSize());
    SDVariable scores = sameDiff.mmul(grouped, past.keys(), false, true, false);
    SDVariable probabilities =
        sameDiff.nn().softmax(ungrouped(scores, shape).add(attentionBias), 3);
    SDVariable kept = dropout.dropped(DropoutSite.ATTENTION, layer, probabilities);
    SDVariable context =
        sameDiff.mmul(grouped(kept, shape, -1), past.values(), false, false, false);
    return ungrouped(context, shape).permute(0, 2, 1, 3).reshape(-1, config.queryWidth());
  }

  private boolean isGrouped() {
    return config.keyValueHeads() < config.getNHead();
  }

  /** [B, H, t, n] -> [B, G, H / G * t, n]. */
  private SDVariable grouped(SDVariable x, SDVariable shape, long n) {
    if (!isGrouped()) {
      return x;
    }
    SDVariable batch = shape.get(SDIndex.interval(0, 1));
    int group = config.getNHead() / config.keyValueHeads();
    SDVariable steps = shape.get(SDIndex.interval(1, 2)).mul(group);
    return x.reshape(
        sameDiff.concat(0, batch, constant(config.keyValueHeads()), steps, constant(n)));
  }

  /** [B, G, H / G * t, n] -> [B, H, t, n]. */
  private SDVariable ungrouped(SDVariable x, SDVariable shape) {
    if (!isGrouped()) {
      return x;
    }
    SDVariable batch = shape.get(SDIndex.interval(0, 1));
    SDVariable steps = shape.get(SDIndex.interval(1, 2));
    return x.reshape(sameDiff.concat(0, batch, constant(config.getNHead()), steps, constant(-1)));
  }

  private SDVariable constant(long value) {
    return sameDiff.constant(Nd4j.createFromArray(value));
  }

  private SDVariable feedForward(SDVariable x, int layer, PassDropout dropout) {
    Activation activation = config.getActivationFunction();
    SDVariable up = layers.linear(x, Role.FEED_FORWARD_UP, layer, dropout);
    SDVariable hidden =
        layout.has(Role.FEED_FORWARD_GATE, layer)
            ? layers
                .activated(activation, layers.linear(x, Role.FEED_FORWARD_GATE, layer, dropout))
                .mul(up)
            : layers.activated(activation, up);
    return layers.linear(hidden, Role.FEED_FORWARD_DOWN, layer, dropout);
  }

  /** [B * t, heads * S] -> [B, heads, t, S], with B and t from shape. */
  private SDVariable heads(SDVariable x, SDVariable shape, int heads) {
    SDVariable batchAndSteps = shape.get(SDIndex.interval(0, 2));
    SDVariable headsAndSize =
        sameDiff.constant(Nd4j.createFromArray((long) heads, config.headSize()));
    return x.reshape(sameDiff.concat(0, batchAndSteps, headsAndSize)).permute(0, 2, 1, 3);
  }

  private KeyValues extend(KeyValues past, SDVariable keys, SDVariable values) {
    return past == null
        ? new KeyValues(keys, values)
        : new KeyValues(
            sameDiff.concat(2, past.keys(), keys), sameDiff.concat(2, past.values(), values));
  }
}
