package io.github.coconut4j.model;

import lombok.RequiredArgsConstructor;

/** Checks the ranges of an architecture's values, and that they are compatible with each other. */
@RequiredArgsConstructor
final class TransformerConfigCheck {

  /** Largest width of a layer; four of them, of float32, have a size that fits an int. */
  private static final int MOST_WIDTH = Integer.MAX_VALUE / 4;

  private final TransformerConfig config;

  /**
   * Checks all values.
   *
   * @throws IllegalArgumentException naming the first wrong value by its key in {@code config.json}
   */
  void run() {
    checkSizes();
    checkWidths();
    checkRates();
    checkLatents();
    checkSharedKeys();
    if (config.getArchitecture() == Architecture.GPT2) {
      checkGpt2();
    } else {
      checkLlamaFamily();
    }
    require(
        config.getRotary() == null || config.headSize() % 2 == 0,
        "head_dim",
        "even, for rotary positions",
        config.headSize());
    // oneDNN 3.13 computes wrong scores of heads of one value (OneDnnAttention.isScattered).
    require(
        config.headSize() > 1,
        "n_embd",
        "at least twice n_head, " + config.getNHead() + ", as a head has two values or more",
        config.getNEmbd());
  }

  private void checkSizes() {
    requirePositive("vocab_size", config.getVocabSize());
    requirePositive("n_positions", config.getNPositions());
    requirePositive("n_embd", config.getNEmbd());
    requirePositive("n_layer", config.getNLayer());
    requirePositive("n_head", config.getNHead());
    requirePositive("n_kv_head", config.getNKvHead());
    requirePositive("head_dim", config.getHeadDim());
    requirePositive("n_inner", config.getNInner());
    requirePositive("sliding_window", config.getSlidingWindow());
  }

  private void checkWidths() {
    int width = config.getNEmbd();
    int heads = config.getNHead();
    require(width <= MOST_WIDTH, "n_embd", "at most " + MOST_WIDTH, width);
    require(
        config.getHeadDim() != null || width % heads == 0,
        "n_embd",
        "a multiple of " + config.key("n_head") + ", " + heads,
        width);
    require(
        (long) heads * config.headSize() <= MOST_WIDTH,
        "head_dim",
        "such that all heads are at most " + MOST_WIDTH + " wide",
        config.headSize());
    require(
        heads % config.keyValueHeads() == 0,
        "n_head",
        "a multiple of " + config.key("n_kv_head") + ", " + config.keyValueHeads(),
        heads);
  }

  private void checkRates() {
    requireRate("attn_pdrop", config.getAttnPdrop());
    requireRate("embd_pdrop", config.getEmbdPdrop());
    requireRate("resid_pdrop", config.getResidPdrop());
    require(config.getActivationFunction() != null, "activation_function", "given", "null");
    double epsilon = config.getLayerNormEpsilon();
    boolean isFloat = (float) epsilon > 0 && Float.isFinite((float) epsilon);
    require(isFloat, "layer_norm_epsilon", "above 0 and finite in float32", epsilon);
    double range = config.getInitializerRange();
    boolean isFinite = range >= 0 && Float.isFinite((float) range);
    require(isFinite, "initializer_range", "at least 0 and finite in float32", range);
  }

  private void checkLatents() {
    int iterations = config.getLatentIterations();
    Integer backprop = config.getLatentBackprop();
    require(iterations >= 0, "latent_iterations", "at least 0", iterations);
    require(
        backprop == null || (backprop >= 0 && iterations == 0),
        "latent_backprop",
        iterations == 0 ? "at least 0" : "null where latents are refined together",
        backprop);
  }

  /** Checks keys that some architectures do not have. */
  private void checkSharedKeys() {
    Architecture architecture = config.getArchitecture();
    boolean hasAttentionBias = config.isAttentionBias();
    requireOfArchitecture(
        !hasAttentionBias || architecture.hasAttentionBiasKey(), "attention_bias", "false", true);
    requireOfArchitecture(
        !config.isMlpBias() || architecture.hasMlpBiasKey(), "mlp_bias", "false", true);
    Integer window = config.getSlidingWindow();
    requireOfArchitecture(
        window == null || architecture != Architecture.LLAMA, "sliding_window", "null", window);
  }

  private void checkGpt2() {
    Integer keyValueHeads = config.getNKvHead();
    Integer headDim = config.getHeadDim();
    require(
        keyValueHeads == null || keyValueHeads == config.getNHead(),
        "n_kv_head",
        "n_head in GPT-2",
        keyValueHeads);
    require(
        headDim == null || headDim * config.getNHead() == config.getNEmbd(),
        "head_dim",
        "n_embd / n_head",
        headDim);
    RotaryPositions rotary = config.getRotary();
    require(!config.isNoPositions() || rotary == null, "rotary", "null without positions", rotary);
    Integer window = config.getSlidingWindow();
    require(window == null, "sliding_window", "null in GPT-2", window);
  }

  private void checkLlamaFamily() {
    require(config.getRotary() != null, "rope_theta", "given", "null");
    requireOfArchitecture(!config.isNoPositions(), "no_positions", "false", true);
    require(
        config.isScaleAttnWeights() && !config.isScaleAttnByInverseLayerIdx(),
        "scale_attn_weights",
        "true, as only GPT-2 scales otherwise",
        config.isScaleAttnWeights());
    requireNone("embd_pdrop", config.getEmbdPdrop());
    requireNone("resid_pdrop", config.getResidPdrop());
  }

  private void requirePositive(String key, Integer value) {
    require(
        value == null || value >= 1,
        key,
        "at least 1",
        value != null && value == 0 ? "0 or not given" : value);
  }

  private void requireRate(String key, double value) {
    require(value >= 0 && value < 1, key, "in [0, 1)", value);
  }

  private void requireNone(String key, double rate) {
    require(rate == 0, key, "0, as only GPT-2 has it", rate);
  }

  private void requireOfArchitecture(boolean holds, String key, String value, Object found) {
    String own = " in " + config.getArchitecture().modelType();
    require(holds, key, value + own, found);
  }

  private void require(boolean holds, String internal, String requirement, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(
          config.key(internal) + " must be " + requirement + ", but is " + value);
    }
  }
}
