package io.github.coconut4j.model.samediff;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.op.EmbeddingLookup;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/**
 * GPT-2's transformer as SameDiff operations, one method for each part of a block.
 *
 * <p>Shapes: B sequences, t time steps of this pass, K read so far with this pass (the keys), D
 * width, H attention heads, S = D / H. Inside a block hidden states are kept as [B * t, D].
 *
 * <p>Layer norm, GELU and softmax are composed of elementary operations, because the gradients of
 * ND4J's own ops for them are many times slower.
 *
 * @see <a href="https://d4mucfpksywv.cloudfront.net/better-language-models/language-models.pdf">
 *     Radford et al. 2019, section 2.3</a>
 */
final class TransformerGraph {

  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);
  private static final double GELU_CUBE = 0.044715;

  private final SameDiff sameDiff;
  private final TransformerConfig config;

  /**
   * @param sameDiff a graph that holds the parameters under their Hugging Face names
   */
  TransformerGraph(SameDiff sameDiff, TransformerConfig config) {
    this.sameDiff = sameDiff;
    this.config = config;
  }

  /**
   * Reads some time steps, given what was read before them.
   *
   * @param embeddings input embeddings without positions [B, t, D]
   * @param positionIds INT32 [B, t]
   * @param attentionBias 0 where a query may see a key, a large negative number elsewhere [B, 1, t,
   *     K]
   * @param past keys and values read before, one entry a layer; empty at the beginning
   */
  TransformerPass pass(
      SDVariable embeddings,
      SDVariable positionIds,
      SDVariable attentionBias,
      List<KeyValues> past) {
    SDVariable shape = sameDiff.shape(embeddings);
    SDVariable positions = EmbeddingLookup.of(parameter("wpe.weight"), positionIds);
    SDVariable hidden = embeddings.add(positions).reshape(-1, config.getNEmbd());
    List<KeyValues> keyValues = new ArrayList<>();
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      String block = "h." + layer + ".";
      SDVariable normed = layerNorm(hidden, block + "ln_1");
      SDVariable[] queryKeyValue = sameDiff.split(linear(normed, block + "attn.c_attn"), 3, 1);
      KeyValues extended =
          extend(
              past.isEmpty() ? null : past.get(layer),
              heads(queryKeyValue[1], shape),
              heads(queryKeyValue[2], shape));
      keyValues.add(extended);
      SDVariable attended = attention(heads(queryKeyValue[0], shape), extended, attentionBias);
      hidden = hidden.add(linear(attended, block + "attn.c_proj"));
      hidden = hidden.add(feedForward(layerNorm(hidden, block + "ln_2"), block + "mlp."));
    }
    return new TransformerPass(layerNorm(hidden, "ln_f").reshape(shape), keyValues);
  }

  private SDVariable parameter(String name) {
    return sameDiff.getVariable("transformer." + name);
  }

  /** softmax(Q Kᵀ / √S + bias) V with the heads side by side again: -> [B * t, D]. */
  private SDVariable attention(SDVariable queries, KeyValues past, SDVariable attentionBias) {
    double scale = 1 / Math.sqrt(config.headSize());
    SDVariable scores = sameDiff.mmul(queries.mul(scale), past.keys(), false, true, false);
    SDVariable probabilities = sameDiff.nn().softmax(scores.add(attentionBias), 3);
    SDVariable context = sameDiff.mmul(probabilities, past.values(), false, false, false);
    return context.permute(0, 2, 1, 3).reshape(-1, config.getNEmbd());
  }

  private SDVariable feedForward(SDVariable x, String prefix) {
    return linear(gelu(linear(x, prefix + "c_fc")), prefix + "c_proj");
  }

  /** x W + b with W stored [in, out], as Hugging Face's GPT-2 keeps its linear layers. */
  private SDVariable linear(SDVariable x, String name) {
    return x.mmul(parameter(name + ".weight")).add(parameter(name + ".bias"));
  }

  private SDVariable layerNorm(SDVariable x, String name) {
    SDVariable centred = x.sub(acrossWidth(x.mean(true, 1)));
    SDVariable variance = sameDiff.math().square(centred).mean(true, 1);
    SDVariable deviation = sameDiff.math().sqrt(variance.add(config.getLayerNormEpsilon()));
    return centred
        .div(acrossWidth(deviation))
        .mul(parameter(name + ".weight"))
        .add(parameter(name + ".bias"));
  }

  /**
   * [B * t, 1] -> [B * t, D]. Left to broadcasting, the gradient of a division would be wrong for a
   * single position: ND4J's divide_bp takes a divisor of one element for a scalar and multiplies
   * sums instead of summing products.
   */
  private SDVariable acrossWidth(SDVariable column) {
    return column.mmul(sameDiff.constant(Nd4j.ones(column.dataType(), 1, config.getNEmbd())));
  }

  /** GPT-2's approximation {@code gelu_new}: x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  private SDVariable gelu(SDVariable x) {
    SDVariable cubed = sameDiff.math().square(x).mul(x);
    SDVariable inner = x.add(cubed.mul(GELU_CUBE)).mul(GELU_SCALE);
    return sameDiff.math().tanh(inner).add(1).mul(x).mul(0.5);
  }

  /** [B * t, D] -> [B, H, t, S], where shape holds B and t. */
  private SDVariable heads(SDVariable x, SDVariable shape) {
    SDVariable batchAndSteps = shape.get(SDIndex.interval(0, 2));
    SDVariable headsAndSize =
        sameDiff.constant(Nd4j.createFromArray((long) config.getNHead(), config.headSize()));
    return x.reshape(sameDiff.concat(0, batchAndSteps, headsAndSize)).permute(0, 2, 1, 3);
  }

  private KeyValues extend(KeyValues past, SDVariable keys, SDVariable values) {
    return past == null
        ? new KeyValues(keys, values)
        : new KeyValues(
            sameDiff.concat(2, past.keys(), keys), sameDiff.concat(2, past.values(), values));
  }
}
