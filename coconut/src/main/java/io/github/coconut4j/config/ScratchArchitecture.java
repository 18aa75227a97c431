package io.github.coconut4j.config;

import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Initialization.Positions;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import lombok.RequiredArgsConstructor;

/** The architecture of a model from scratch, from a configuration's keys. */
@RequiredArgsConstructor
final class ScratchArchitecture {

  private static final double GPT2_EPSILON = 1e-5;
  private static final double LLAMA_EPSILON = 1e-6;

  private final TrainingConfig config;

  TransformerConfig sizes(int vocabulary) {
    boolean isGpt2 = config.getArchitecture() == Architecture.GPT2;
    return TransformerConfig.builder()
        .architecture(config.getArchitecture())
        .vocabSize(vocabulary)
        .nPositions(config.getNPositions())
        .nEmbd(config.getNEmbd())
        .nLayer(config.getNLayer())
        .nHead(config.getNHead())
        .nKvHead(config.getNumKeyValueHeads())
        .headDim(config.getHeadDim())
        .nInner(config.getNInner())
        .initializerRange(config.getInitializerRange())
        .activationFunction(
            given(config.getActivationFunction(), isGpt2 ? Activation.GELU_NEW : Activation.SILU))
        .layerNormEpsilon(
            given(config.getLayerNormEpsilon(), isGpt2 ? GPT2_EPSILON : LLAMA_EPSILON))
        .rotary(isGpt2 && config.getPositionEmbedding() != Positions.ROTARY ? null : rotary())
        .noPositions(isGpt2 && config.getPositionEmbedding() == Positions.NONE)
        .slidingWindow(config.getSlidingWindow())
        .attentionBias(config.isAttentionBias())
        .mlpBias(config.isMlpBias())
        .scaleAttnWeights(config.isScaleAttnWeights())
        .scaleAttnByInverseLayerIdx(config.isScaleAttnByInverseLayerIdx())
        .attnPdrop(given(config.getDropout(), config.getAttnPdrop()))
        .embdPdrop(isGpt2 ? given(config.getDropout(), config.getEmbdPdrop()) : 0)
        .residPdrop(isGpt2 ? given(config.getDropout(), config.getResidPdrop()) : 0)
        .tieWordEmbeddings(config.isTieWordEmbeddings())
        .build();
  }

  private RotaryPositions rotary() {
    return config.getRopeScaling() == null
        ? RotaryPositions.of(config.getRopeTheta())
        : config.getRopeScaling().positions(config.getRopeTheta());
  }

  private static <T> T given(T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  /**
   * Rejects impossible architectures.
   *
   * @throws ConfigException naming the key
   */
  void check() {
    checkKeys();
    try {
      sizes(1);
    } catch (IllegalArgumentException e) { // about a size, by the architecture's own key
      throw new ConfigException(e.getMessage() + ". Change it in the file or with --set.", e);
    }
  }

  private void checkKeys() {
    Architecture own = config.getArchitecture();
    if (own == Architecture.GPT2) {
      int heads = config.getNHead();
      int width = config.getNEmbd();
      refuse("num_key_value_heads", given(config.getNumKeyValueHeads(), heads) != heads);
      refuse("head_dim", (long) given(config.getHeadDim(), width / heads) * heads != width);
      boolean rotates = config.getPositionEmbedding() == Positions.ROTARY;
      refuse("rope_theta", !rotates && config.getRopeTheta() != TrainingConfig.DEFAULT_ROPE_THETA);
      refuse("rope_scaling", !rotates && config.getRopeScaling() != null);
    } else {
      Positions positions = config.getPositionEmbedding();
      refuse("position_embedding", positions != Positions.NORMAL && positions != Positions.ROTARY);
      refuse("scale_attn_weights", !config.isScaleAttnWeights());
      refuse("scale_attn_by_inverse_layer_idx", config.isScaleAttnByInverseLayerIdx());
      refuse("embd_pdrop", config.getEmbdPdrop() != 0);
      refuse("resid_pdrop", config.getResidPdrop() != 0);
    }
    refuse("attention_bias", config.isAttentionBias() && !own.hasAttentionBiasKey());
    refuse("mlp_bias", config.isMlpBias() && !own.hasMlpBiasKey());
    refuse("sliding_window", config.getSlidingWindow() != null && own != Architecture.MISTRAL);
  }

  private void refuse(String key, boolean isSet) {
    if (isSet) {
      throw new ConfigException(
          "`%s` is no key of `architecture: %s`. Leave it out (--set %s=null), or choose another architecture."
              .formatted(key, config.getArchitecture().modelType(), key));
    }
  }
}
