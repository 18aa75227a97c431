package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.FrozenOperand;
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
 * <p>Norms, activations and softmax consist of elementary operations, because the gradients of
 * ND4J's own ops for them are many times slower.
 *
 * @see <a href="https://d4mucfpksywv.cloudfront.net/better-language-models/language-models.pdf">
 *     Radford et al. 2019, section 2.3</a>
 * @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al. 2023, section 2.2</a>
 */
final class TransformerGraph {

  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBE = 0.044715;

  private final SameDiff sameDiff;
  private final Function<String, SDVariable> parameters;
  private final TransformerConfig config;
  private final ParameterLayout layout;
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
    this.parameters = parameters;
    this.config = config;
    this.lookup = lookup;
    layout = ParameterLayout.of(config);
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
    List<SDVariable> layers = new ArrayList<>();
    List<KeyValues> keyValues = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      layers.add(hidden);
      SDVariable normed = norm(hidden, Role.ATTENTION_NORM, layer);
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
      SDVariable attentionOutput = linear(attended, Role.ATTENTION_OUTPUT, layer, dropout);
      hidden = hidden.add(dropout.dropped(DropoutSite.ATTENTION_OUTPUT, layer, attentionOutput));
      SDVariable normedMid = norm(hidden, Role.FEED_FORWARD_NORM, layer);
      SDVariable output = feedForward(normedMid, layer, dropout);
      hidden = hidden.add(dropout.dropped(DropoutSite.FEED_FORWARD_OUTPUT, layer, output));
    }
    SDVariable last = norm(hidden, Role.FINAL_NORM, ParameterLayout.NO_LAYER);
    return new TransformerPass(last.reshape(shape), layers, keyValues);
  }

  /** The inputs of latents after hidden states [n, D]: {@link ThoughtMapConfig}. */
  SDVariable latents(SDVariable hidden) {
    int width = config.getNEmbd();
    return switch (config.getThoughtMap().getKind()) {
      case IDENTITY -> hidden;
      case SCALE ->
          normalized(hidden, width, ThoughtMapConfig.SCALE_EPSILON)
              .mul(config.getThoughtMap().getScale() / Math.sqrt(width));
      case PROJECTION -> {
        SDVariable up = linear(hidden, Role.THOUGHT_UP, ParameterLayout.NO_LAYER, PassDropout.NONE);
        SDVariable activated = activated(Activation.GELU, up);
        SDVariable down =
            linear(activated, Role.THOUGHT_DOWN, ParameterLayout.NO_LAYER, PassDropout.NONE);
        yield norm(down, Role.THOUGHT_NORM, ParameterLayout.NO_LAYER);
      }
    };
  }

  private SDVariable withPositions(SDVariable embeddings, SDVariable positionIds) {
    if (!layout.has(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER)) {
      return embeddings;
    }
    SDVariable table = weight(Role.POSITION_EMBEDDING, ParameterLayout.NO_LAYER);
    return embeddings.add(lookup.apply(table, positionIds));
  }

  private SDVariable weight(Role role, int layer) {
    return parameters.apply(parameter(role, layer).name());
  }

  private Parameter parameter(Role role, int layer) {
    return layout.loopParameters().get(layout.loopIndex(role, layer));
  }

  /** A layer's bias, or null. */
  private SDVariable bias(Role role, int layer) {
    int weight = layout.loopIndex(role, layer);
    return layout.hasBias(weight)
        ? parameters.apply(layout.loopParameters().get(weight + 1).name())
        : null;
  }

  /** Queries [B, H, t, S], keys and values [B, G, t, S], before positions. */
  private SDVariable[] projections(SDVariable x, SDVariable shape, int layer, PassDropout dropout) {
    if (layout.has(Role.QUERY_KEY_VALUE, layer)) {
      return Arrays.stream(sameDiff.split(linear(x, Role.QUERY_KEY_VALUE, layer, dropout), 3, 1))
          .map(each -> heads(each, shape, config.getNHead()))
          .toArray(SDVariable[]::new);
    }
    SDVariable queries = headNorm(linear(x, Role.QUERY, layer, dropout), Role.QUERY_NORM, layer);
    SDVariable keys = headNorm(linear(x, Role.KEY, layer, dropout), Role.KEY_NORM, layer);
    return new SDVariable[] {
      heads(queries, shape, config.getNHead()),
      heads(keys, shape, config.keyValueHeads()),
      heads(linear(x, Role.VALUE, layer, dropout), shape, config.keyValueHeads())
    };
  }

  /** Qwen3's norm over each head: [B * t, heads * S] to the same, or [B * t * heads, S]. */
  private SDVariable headNorm(SDVariable x, Role role, int layer) {
    return layout.has(role, layer) ? norm(x.reshape(-1, config.headSize()), role, layer) : x;
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
    SDVariable up = linear(x, Role.FEED_FORWARD_UP, layer, dropout);
    SDVariable hidden =
        layout.has(Role.FEED_FORWARD_GATE, layer)
            ? activated(activation, linear(x, Role.FEED_FORWARD_GATE, layer, dropout)).mul(up)
            : activated(activation, up);
    return linear(hidden, Role.FEED_FORWARD_DOWN, layer, dropout);
  }

  /** x W (+ b) (+ s (m ⊙ x) Aᵀ Bᵀ), with W stored [in, out] or [out, in]. */
  private SDVariable linear(SDVariable x, Role role, int layer, PassDropout dropout) {
    SDVariable product = product(x, parameter(role, layer));
    SDVariable bias = bias(role, layer);
    SDVariable sum = bias == null ? product : sum(product, bias);
    if (layout.find(role, layer, Kind.LORA_A) < 0) {
      return sum;
    }
    SDVariable kept = dropout.dropped(DropoutSite.ofAdapter(role), layer, x);
    return sum.add(adapted(kept, role, layer));
  }

  /** x W or x Wᵀ; ND4J's op would compute a gradient of a frozen weight too. */
  private SDVariable product(SDVariable x, Parameter parameter) {
    SDVariable weight = parameters.apply(parameter.name());
    boolean outIn = parameter.orientation() == Orientation.OUT_IN;
    if (weight.isConstant()) {
      return FrozenOperand.product(x, weight, outIn);
    }
    if (parameter.shape()[outIn ? 0 : 1] == 1) {
      // ND4J's matmul_bp treats a product with one element, from a single position, as a scalar.
      return x.mul(outIn ? weight : weight.reshape(1, -1)).sum(true, 1);
    }
    return sameDiff.mmul(x, weight, false, outIn, false);
  }

  private static SDVariable sum(SDVariable x, SDVariable bias) {
    return bias.isConstant() ? FrozenOperand.sum(x, bias) : x.add(bias);
  }

  private static SDVariable scaled(SDVariable x, SDVariable scale) {
    return scale.isConstant() ? FrozenOperand.scaled(x, scale) : x.mul(scale);
  }

  /** s x Aᵀ Bᵀ, with A [r, in] and B [out, r]. */
  private SDVariable adapted(SDVariable x, Role role, int layer) {
    SDVariable reduced = product(x, adapter(role, layer, Kind.LORA_A));
    SDVariable scaled = reduced.mul(layout.adapterScale(role, layer));
    return product(scaled, adapter(role, layer, Kind.LORA_B));
  }

  private Parameter adapter(Role role, int layer, Kind kind) {
    return layout.loopParameters().get(layout.find(role, layer, kind));
  }

  /** Layer norm, or RMS norm without a shift. */
  private SDVariable norm(SDVariable x, Role role, int layer) {
    SDVariable scale = weight(role, layer);
    long width = parameter(role, layer).shape()[0];
    SDVariable shift = bias(role, layer);
    double epsilon =
        role == Role.THOUGHT_NORM ? ThoughtMapConfig.NORM_EPSILON : config.getLayerNormEpsilon();
    if (shift == null) {
      return scaled(normalized(x, width, epsilon), scale);
    }
    SDVariable centred = x.sub(acrossWidth(x.mean(true, 1), width));
    return sum(scaled(normalized(centred, width, epsilon), scale), shift);
  }

  /** x / sqrt(mean square + epsilon). */
  private SDVariable normalized(SDVariable x, long width, double epsilon) {
    SDVariable meanSquare = sameDiff.math().square(x).mean(true, 1);
    SDVariable root = sameDiff.math().sqrt(meanSquare.add(epsilon));
    return x.div(acrossWidth(root, width));
  }

  /**
   * [n, 1] -> [n, width]. With broadcasting, the gradient of a division would be wrong for a single
   * position: ND4J's divide_bp treats a divisor with one element as a scalar and multiplies sums
   * instead of summing products.
   */
  private SDVariable acrossWidth(SDVariable column, long width) {
    return column.mmul(sameDiff.constant(Nd4j.ones(column.dataType(), 1, width)));
  }

  private SDVariable activated(Activation activation, SDVariable x) {
    return switch (activation) {
      case GELU_NEW, GELU_PYTORCH_TANH -> geluTanh(x);
      case GELU -> sameDiff.math().erf(x.mul(Math.sqrt(0.5))).add(1).mul(x).mul(0.5);
      case RELU -> sameDiff.nn().relu(x, 0);
      case SILU -> sameDiff.nn().sigmoid(x).mul(x);
    };
  }

  /** x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  private SDVariable geluTanh(SDVariable x) {
    SDVariable cubed = sameDiff.math().square(x).mul(x);
    SDVariable inner = x.add(cubed.mul(GELU_CUBE)).mul(GELU_SCALE);
    return sameDiff.math().tanh(inner).add(1).mul(x).mul(0.5);
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
