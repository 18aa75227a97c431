package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.RotaryPositions.Scaling;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The files of Llama and of the architectures after it: linear layers are stored [out, in], as
 * PyTorch's {@code Linear} has them.
 *
 * <p>Keys that a file omits have the defaults of Hugging Face's class.
 */
final class LlamaFamily implements Family {

  private static final Pattern ROTARY_BUFFER =
      Pattern.compile("layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");

  private static final double DEFAULT_THETA = 10_000;
  private static final int DEFAULT_WINDOW = 4096;

  /** Of Qwen: {@code max_window_layers}. */
  private static final int DEFAULT_FULL_LAYERS = 28;

  private static final int QWEN3_HEAD_SIZE = 128;

  /** Internal names, less those that are the same in the file. */
  private static final Map<String, String> KEYS =
      Map.of(
          "n_positions", "max_position_embeddings",
          "n_embd", "hidden_size",
          "n_layer", "num_hidden_layers",
          "n_head", "num_attention_heads",
          "n_kv_head", "num_key_value_heads",
          "n_inner", "intermediate_size",
          "layer_norm_epsilon", "rms_norm_eps",
          "activation_function", "hidden_act",
          "attn_pdrop", "attention_dropout");

  @Override
  public String prefix() {
    return "model.";
  }

  @Override
  public String tokenTable() {
    return prefix() + "embed_tokens.weight";
  }

  @Override
  public Predicate<String> buffers() {
    return ROTARY_BUFFER.asMatchPredicate();
  }

  @Override
  public String key(String internal) {
    return KEYS.getOrDefault(internal, internal);
  }

  @Override
  public void toInternal(Architecture architecture, ObjectNode json) {
    requireWholeHeads(json.path("partial_rotary_factor"));
    if (!isGiven(json.path("intermediate_size"))) {
      throw new IllegalArgumentException("intermediate_size must be at least 1, but is not given");
    }
    setDefaults(architecture, json);
    RotaryPositions rotary = rotary(json);
    JsonNode window = slidingWindow(architecture, json);
    KEYS.forEach(
        (internal, key) -> {
          json.remove(internal);
          if (json.has(key)) {
            json.set(internal, json.remove(key));
          }
        });
    json.set("rotary", ConfigFile.tree(rotary));
    json.set("sliding_window", window);
    // GPT-2's keys mean nothing here.
    json.remove(
        List.of(
            "embd_pdrop",
            "resid_pdrop",
            "scale_attn_weights",
            "scale_attn_by_inverse_layer_idx",
            "reorder_and_upcast_attn"));
  }

  private static void requireWholeHeads(JsonNode partial) {
    if (isGiven(partial) && partial.asDouble() != 1) {
      throw new IllegalArgumentException(
          "partial_rotary_factor must be 1, as all of a head is rotated here, but is " + partial);
    }
  }

  private static void setDefaults(Architecture architecture, ObjectNode json) {
    setDefault(json, "rms_norm_eps", 1e-6);
    if (!json.has("tie_word_embeddings")) {
      json.put("tie_word_embeddings", false);
    }
    if (!json.has("hidden_act")) {
      json.put("hidden_act", Activation.SILU.key());
    }
    if (!json.has("num_key_value_heads") && architecture != Architecture.LLAMA) {
      json.put("num_key_value_heads", architecture == Architecture.MISTRAL ? 8 : 32);
    }
    if (architecture == Architecture.QWEN3 && !json.has("head_dim")) {
      json.put("head_dim", QWEN3_HEAD_SIZE);
    }
    boolean attention = architecture == Architecture.LLAMA || architecture == Architecture.QWEN3;
    if (!attention) {
      json.remove("attention_bias");
    }
    if (architecture != Architecture.LLAMA) {
      json.remove("mlp_bias");
    }
  }

  private static void setDefault(ObjectNode json, String key, double value) {
    if (!json.has(key)) {
      json.put(key, value);
    }
  }

  /** Null where every query sees all before it. */
  private static JsonNode slidingWindow(Architecture architecture, ObjectNode json) {
    return switch (architecture) {
      case MISTRAL ->
          json.has("sliding_window") ? json.get("sliding_window") : json.numberNode(DEFAULT_WINDOW);
      case QWEN2, QWEN3 -> qwenWindow(json);
      default -> NullNode.instance;
    };
  }

  private static JsonNode qwenWindow(ObjectNode json) {
    if (!json.path("use_sliding_window").asBoolean(false) || slidesNowhere(json)) {
      return NullNode.instance;
    }
    return json.has("sliding_window")
        ? json.get("sliding_window")
        : json.numberNode(DEFAULT_WINDOW);
  }

  private static boolean slidesNowhere(ObjectNode json) {
    int full = json.path("max_window_layers").asInt(DEFAULT_FULL_LAYERS);
    int layers = json.path("num_hidden_layers").asInt();
    if (full > 0 && full < layers) {
      throw new IllegalArgumentException(
          "max_window_layers must be 0 or at least num_hidden_layers, "
              + layers
              + ", where use_sliding_window is true, but is "
              + full);
    }
    return full >= layers;
  }

  private static RotaryPositions rotary(ObjectNode json) {
    boolean isNew = isGiven(json.path("rope_parameters"));
    String key = isNew ? "rope_parameters" : "rope_scaling";
    JsonNode parameters = json.path(key);
    if (isGiven(parameters) && !parameters.isObject()) {
      throw new IllegalArgumentException(key + " must be an object or null, but is " + parameters);
    }
    JsonNode theta = isNew ? parameters.path("rope_theta") : MissingNode.getInstance();
    theta = isGiven(theta) ? theta : json.path("rope_theta");
    requireWholeHeads(parameters.path("partial_rotary_factor"));
    RotaryPositions.RotaryPositionsBuilder rotary =
        RotaryPositions.builder()
            .theta(isGiven(theta) ? number("rope_theta", theta) : DEFAULT_THETA)
            .scaling(scaling(key, parameters));
    switch (scaling(key, parameters)) {
      case DEFAULT -> rotary.factor(1);
      case LINEAR -> rotary.factor(number(key, parameters, "factor"));
      case LLAMA3 ->
          rotary
              .factor(number(key, parameters, "factor"))
              .lowFrequencyFactor(number(key, parameters, "low_freq_factor"))
              .highFrequencyFactor(number(key, parameters, "high_freq_factor"))
              .originalPositions(originalPositions(key, parameters, json));
    }
    return rotary.build();
  }

  private static Scaling scaling(String key, JsonNode parameters) {
    JsonNode type = parameters.path("rope_type");
    type = isGiven(type) ? type : parameters.path("type");
    String name = isGiven(type) ? type.asText() : "default";
    return switch (name) {
      case "default" -> Scaling.DEFAULT;
      case "linear" -> Scaling.LINEAR;
      case "llama3" -> Scaling.LLAMA3;
      default ->
          throw new IllegalArgumentException(
              "rope_type of " + key + " must be default, linear or llama3, but is " + type);
    };
  }

  private static int originalPositions(String key, JsonNode parameters, ObjectNode json) {
    String name = "original_max_position_embeddings";
    JsonNode value = isGiven(parameters.path(name)) ? parameters.path(name) : json.path(name);
    if (!value.isInt()) {
      throw new IllegalArgumentException(
          name + " of " + key + " must be a whole number, but is " + shown(value));
    }
    return value.intValue();
  }

  private static double number(String key, JsonNode parameters, String name) {
    return number(name + " of " + key, parameters.path(name));
  }

  private static double number(String key, JsonNode value) {
    if (!value.isNumber()) {
      throw new IllegalArgumentException(key + " must be a number, but is " + shown(value));
    }
    return value.doubleValue();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "not given" : value.toString();
  }

  private static boolean isGiven(JsonNode value) {
    return !value.isMissingNode() && !value.isNull();
  }

  @Override
  public void write(TransformerConfig config, ObjectNode json) {
    json.put("vocab_size", config.getVocabSize());
    json.put("max_position_embeddings", config.getNPositions());
    json.put("hidden_size", config.getNEmbd());
    json.put("num_hidden_layers", config.getNLayer());
    json.put("num_attention_heads", config.getNHead());
    json.put("num_key_value_heads", config.keyValueHeads());
    json.put("head_dim", config.headSize());
    json.put("intermediate_size", config.innerSize());
    json.put("hidden_act", config.getActivationFunction().key());
    json.put("rms_norm_eps", config.getLayerNormEpsilon());
    json.put("attention_dropout", config.getAttnPdrop());
    writeRotary(config.getRotary(), json);
    writeVariants(config, json);
  }

  /** In both spellings: programs read the new one since 2026, the old one before. */
  private static void writeRotary(RotaryPositions rotary, ObjectNode json) {
    json.put("rope_theta", rotary.getTheta());
    ObjectNode parameters = json.objectNode();
    parameters.put("rope_type", rotary.getScaling().name().toLowerCase(Locale.ROOT));
    if (rotary.getScaling() != Scaling.DEFAULT) {
      parameters.put("factor", rotary.getFactor());
    }
    if (rotary.getScaling() == Scaling.LLAMA3) {
      parameters.put("low_freq_factor", rotary.getLowFrequencyFactor());
      parameters.put("high_freq_factor", rotary.getHighFrequencyFactor());
      parameters.put("original_max_position_embeddings", rotary.getOriginalPositions());
    }
    json.set(
        "rope_scaling",
        rotary.getScaling() == Scaling.DEFAULT ? NullNode.instance : parameters.deepCopy());
    parameters.put("rope_theta", rotary.getTheta());
    json.set("rope_parameters", parameters);
  }

  private static void writeVariants(TransformerConfig config, ObjectNode json) {
    boolean slides = config.getSlidingWindow() != null;
    switch (config.getArchitecture()) {
      case LLAMA -> {
        json.put("attention_bias", config.isAttentionBias());
        json.put("mlp_bias", config.isMlpBias());
      }
      case MISTRAL -> json.put("sliding_window", config.getSlidingWindow());
      default -> {
        if (config.getArchitecture() == Architecture.QWEN3) {
          json.put("attention_bias", config.isAttentionBias());
        }
        json.put("use_sliding_window", slides);
        json.put("sliding_window", config.getSlidingWindow());
        json.put("max_window_layers", slides ? 0 : config.getNLayer());
      }
    }
  }

  @Override
  public void addParameters(TransformerConfig config, ParameterLayout.Builder layout) {
    long d = config.getNEmbd();
    layout.table(tokenTable(), Role.TOKEN_EMBEDDING, config.getVocabSize(), d);
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      addBlock(config, layout.inLayer(layer), prefix() + "layers." + layer + ".");
    }
    layout.inLayer(ParameterLayout.NO_LAYER).norm(prefix() + "norm", Role.FINAL_NORM, d, false);
  }

  private static void addBlock(
      TransformerConfig config, ParameterLayout.Builder layout, String block) {
    long d = config.getNEmbd();
    long queries = config.queryWidth();
    long keys = config.keyValueWidth();
    long f = config.innerSize();
    boolean bias = config.isAttentionBias();
    boolean projectionBias = bias || config.getArchitecture() == Architecture.QWEN2;
    boolean mlpBias = config.isMlpBias();
    layout
        .orientation(Orientation.OUT_IN)
        .linear(block + "self_attn.q_proj", Role.QUERY, d, queries, projectionBias)
        .linear(block + "self_attn.k_proj", Role.KEY, d, keys, projectionBias)
        .linear(block + "self_attn.v_proj", Role.VALUE, d, keys, projectionBias)
        .linear(block + "self_attn.o_proj", Role.ATTENTION_OUTPUT, queries, d, bias);
    if (config.getArchitecture() == Architecture.QWEN3) {
      layout
          .norm(block + "self_attn.q_norm", Role.QUERY_NORM, config.headSize(), false)
          .norm(block + "self_attn.k_norm", Role.KEY_NORM, config.headSize(), false);
    }
    layout
        .linear(block + "mlp.gate_proj", Role.FEED_FORWARD_GATE, d, f, mlpBias)
        .linear(block + "mlp.up_proj", Role.FEED_FORWARD_UP, d, f, mlpBias)
        .linear(block + "mlp.down_proj", Role.FEED_FORWARD_DOWN, f, d, mlpBias)
        .norm(block + "input_layernorm", Role.ATTENTION_NORM, d, false)
        .norm(block + "post_attention_layernorm", Role.FEED_FORWARD_NORM, d, false);
  }
}
