package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * GPT-2's files. Linear layers are stored [in, out], as in Hugging Face's {@code Conv1D}. The keys
 * of {@code config.json} are those of {@link TransformerConfig}; four have a second name. One key
 * of our own is for models without a table of positions.
 */
final class Gpt2Family implements Family {

  /** Alternative names that Hugging Face's class accepts, and the names in the file. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "hidden_size", "n_embd",
          "max_position_embeddings", "n_positions",
          "num_attention_heads", "n_head",
          "num_hidden_layers", "n_layer");

  /** Default of each dropout rate in {@code GPT2Config}. */
  private static final double DEFAULT_DROPOUT = 0.1;

  /** How positions are encoded, if not by a table. */
  private static final String POSITIONS = "position_embedding";

  private static final String TABLE = "table";
  private static final String ROTARY = "rotary";
  private static final String NONE = "none";

  private static final Pattern MASK_BUFFER =
      Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)");

  @Override
  public String prefix() {
    return "transformer.";
  }

  @Override
  public String tokenTable() {
    return prefix() + "wte.weight";
  }

  @Override
  public Predicate<String> buffers() {
    return MASK_BUFFER.asMatchPredicate();
  }

  @Override
  public String key(String internal) {
    return internal;
  }

  @Override
  public void toInternal(Architecture architecture, ObjectNode json) {
    JsonNode crossAttention = json.path("add_cross_attention");
    if (!crossAttention.isMissingNode()
        && !(crossAttention.isBoolean() && !crossAttention.booleanValue())) {
      throw new IllegalArgumentException(
          "add_cross_attention must be false, but is " + crossAttention);
    }
    ALIASES.forEach((alias, key) -> rename(json, alias, key));
    // Other families' keys mean nothing here.
    json.remove(List.of("n_kv_head", "head_dim", "sliding_window", "attention_bias", "mlp_bias"));
    readPositions(json);
    for (String rate : List.of("attn_pdrop", "embd_pdrop", "resid_pdrop")) {
      if (!json.has(rate)) {
        json.put(rate, DEFAULT_DROPOUT);
      }
    }
  }

  /**
   * Unknown to Hugging Face's classes: {@code table} (also without the key), {@code rotary}, none.
   */
  private static void readPositions(ObjectNode json) {
    JsonNode positions = json.path(POSITIONS);
    json.remove(List.of("rotary", "no_positions"));
    switch (isAbsent(positions) ? TABLE : positions.asText()) {
      case TABLE -> {}
      case NONE -> json.put("no_positions", true);
      case ROTARY -> json.set("rotary", ConfigJson.tree(RotaryKeys.read(json)));
      default ->
          throw new IllegalArgumentException(
              POSITIONS + " must be table, rotary or none, but is " + positions);
    }
  }

  private static void writePositions(TransformerConfig config, ObjectNode json) {
    if (config.getRotary() != null) {
      json.put(POSITIONS, ROTARY);
      RotaryKeys.write(config.getRotary(), json);
    } else if (config.isNoPositions()) {
      json.put(POSITIONS, NONE);
    }
  }

  private static void rename(ObjectNode json, String alias, String key) {
    JsonNode value = json.path(alias);
    if (isAbsent(value)) {
      return;
    }
    if (json.hasNonNull(key) && !json.get(key).equals(value)) {
      throw new IllegalArgumentException(
          alias
              + " must be "
              + key
              + ", "
              + json.get(key)
              + ", whose other name it is, but is "
              + value);
    }
    json.set(key, value);
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  @Override
  public void write(TransformerConfig config, ObjectNode json) {
    json.put("vocab_size", config.getVocabSize());
    json.put("n_positions", config.getNPositions());
    json.put("n_embd", config.getNEmbd());
    json.put("n_layer", config.getNLayer());
    json.put("n_head", config.getNHead());
    json.put("n_inner", config.getNInner());
    writePositions(config, json);
    json.put("activation_function", config.getActivationFunction().key());
    json.put("layer_norm_epsilon", config.getLayerNormEpsilon());
    json.put("scale_attn_weights", config.isScaleAttnWeights());
    json.put("scale_attn_by_inverse_layer_idx", config.isScaleAttnByInverseLayerIdx());
    json.put("reorder_and_upcast_attn", config.isReorderAndUpcastAttn());
    json.put("add_cross_attention", false);
    json.put("attn_pdrop", config.getAttnPdrop());
    json.put("embd_pdrop", config.getEmbdPdrop());
    json.put("resid_pdrop", config.getResidPdrop());
  }

  @Override
  public void addParameters(TransformerConfig config, LayoutBuilder layout) {
    long d = config.getNEmbd();
    layout.table(tokenTable(), Role.TOKEN_EMBEDDING, config.getVocabSize(), d);
    if (config.hasPositionTable()) {
      layout.table(prefix() + "wpe.weight", Role.POSITION_EMBEDDING, config.getNPositions(), d);
    }
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      addBlock(layout.inLayer(layer), prefix() + "h." + layer + ".", d, config.innerSize());
    }
    layout.inLayer(ParameterLayout.NO_LAYER).norm(prefix() + "ln_f", Role.FINAL_NORM, d, true);
  }

  private static void addBlock(LayoutBuilder layout, String block, long d, long f) {
    layout
        .orientation(Orientation.IN_OUT)
        .norm(block + "ln_1", Role.ATTENTION_NORM, d, true)
        .linear(block + "attn.c_attn", Role.QUERY_KEY_VALUE, d, 3 * d, true)
        .linear(block + "attn.c_proj", Role.ATTENTION_OUTPUT, d, d, true)
        .norm(block + "ln_2", Role.FEED_FORWARD_NORM, d, true)
        .linear(block + "mlp.c_fc", Role.FEED_FORWARD_UP, d, f, true)
        .linear(block + "mlp.c_proj", Role.FEED_FORWARD_DOWN, f, d, true);
  }
}
