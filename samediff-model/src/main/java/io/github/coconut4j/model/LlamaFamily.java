package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The files of Llama and of the architectures derived from it. Linear layers are stored [out, in],
 * as in PyTorch's {@code Linear}.
 *
 * <p>Keys that a file omits have the defaults of Hugging Face's class.
 */
final class LlamaFamily implements Family {

  private static final Pattern ROTARY_BUFFER =
      Pattern.compile("layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");

  private static final int DEFAULT_WINDOW = 4096;

  /** Default of Qwen's {@code max_window_layers}. */
  private static final int DEFAULT_FULL_LAYERS = 28;

  private static final int QWEN3_HEAD_SIZE = 128;

  /** Internal names that differ from those in the file. */
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
    if (!isGiven(json.path("intermediate_size"))) {
      throw new IllegalArgumentException("intermediate_size must be at least 1, but is not given");
    }
    setDefaults(architecture, json);
    requireNoNulls(architecture, json);
    RotaryPositions rotary = RotaryKeys.read(json);
    JsonNode window = slidingWindow(architecture, json);
    KEYS.forEach(
        (internal, key) -> {
          json.remove(internal);
          if (json.has(key)) {
            json.set(internal, json.remove(key));
          }
        });
    json.set("rotary", ConfigJson.tree(rotary));
    json.set("sliding_window", window);
    // GPT-2's keys mean nothing here.
    json.remove(
        List.of(
            "no_positions",
            "embd_pdrop",
            "resid_pdrop",
            "scale_attn_weights",
            "scale_attn_by_inverse_layer_idx",
            "reorder_and_upcast_attn"));
  }

  private static void setDefaults(Architecture architecture, ObjectNode json) {
    setDefault(json, "rms_norm_eps", json.numberNode(1e-6));
    setDefault(json, "tie_word_embeddings", json.booleanNode(false));
    setDefault(json, "hidden_act", json.textNode(Activation.SILU.key()));
    setDefault(json, "max_position_embeddings", json.numberNode(defaultPositions(architecture)));
    if (architecture != Architecture.LLAMA) {
      int heads = architecture == Architecture.MISTRAL ? 8 : 32;
      setDefault(json, "num_key_value_heads", json.numberNode(heads));
    }
    if (architecture == Architecture.QWEN3) {
      setDefault(json, "head_dim", json.numberNode(QWEN3_HEAD_SIZE));
    }
    if (architecture == Architecture.LLAMA && json.path("attention_dropout").isNull()) {
      json.remove("attention_dropout"); // null for 0
    }
    if (!architecture.hasAttentionBiasKey()) {
      json.remove("attention_bias");
    }
    if (!architecture.hasMlpBiasKey()) {
      json.remove("mlp_bias");
    }
  }

  /** Null is neither a value of these keys in Hugging Face's class nor the default. */
  private static void requireNoNulls(Architecture architecture, JsonNode json) {
    List<String> keys =
        switch (architecture) {
          case MISTRAL -> List.of("num_key_value_heads");
          case QWEN2, QWEN3 -> List.of("head_dim", "use_sliding_window", "max_window_layers");
          default -> List.of();
        };
    for (String key : keys) {
      if (json.path(key).isNull()) {
        throw new IllegalArgumentException(key + " must be a value or left out, but is null");
      }
    }
  }

  private static void setDefault(ObjectNode json, String key, JsonNode value) {
    if (!json.has(key)) {
      json.set(key, value);
    }
  }

  /** Some files, such as the first Llama's, lack the key. */
  private static int defaultPositions(Architecture architecture) {
    return switch (architecture) {
      case MISTRAL -> 131_072;
      case QWEN2, QWEN3 -> 32_768;
      default -> 2048;
    };
  }

  /** Null if every query attends to all earlier positions. */
  private static JsonNode slidingWindow(Architecture architecture, ObjectNode json) {
    return switch (architecture) {
      case MISTRAL -> windowOrDefault(json);
      case QWEN2, QWEN3 -> qwenWindow(json);
      default -> NullNode.instance;
    };
  }

  private static JsonNode windowOrDefault(ObjectNode json) {
    return json.has("sliding_window")
        ? json.get("sliding_window")
        : json.numberNode(DEFAULT_WINDOW);
  }

  private static JsonNode qwenWindow(ObjectNode json) {
    JsonNode window = usesWindow(json) ? windowOrDefault(json) : NullNode.instance;
    JsonNode layerTypes = json.path("layer_types");
    boolean slides =
        isGiven(layerTypes)
            ? slides(layerTypes, !window.isNull())
            : !window.isNull() && !hasOnlyFullAttention(json);
    return slides ? window : NullNode.instance;
  }

  private static boolean usesWindow(ObjectNode json) {
    JsonNode uses = json.path("use_sliding_window");
    if (isGiven(uses) && !uses.isBoolean()) {
      throw new IllegalArgumentException(
          "use_sliding_window must be true or false, but is " + uses);
    }
    return uses.asBoolean();
  }

  /**
   * Whether all layers have a window: {@code layer_types}, which takes precedence over the other
   * keys.
   */
  private static boolean slides(JsonNode layerTypes, boolean hasWindow) {
    Set<String> types = new TreeSet<>();
    layerTypes.forEach(type -> types.add(type.asText()));
    boolean slides = hasWindow && types.equals(Set.of("sliding_attention"));
    if (!slides && !types.equals(Set.of("full_attention"))) {
      throw new IllegalArgumentException(
          "layer_types must be full_attention of all layers"
              + (hasWindow ? ", or sliding_attention of all," : " without a sliding window,")
              + " but is "
              + layerTypes);
    }
    return slides;
  }

  private static boolean hasOnlyFullAttention(ObjectNode json) {
    JsonNode given = json.path("max_window_layers");
    if (isGiven(given) && !given.isInt()) {
      throw new IllegalArgumentException(
          "max_window_layers must be a whole number, but is " + given);
    }
    int full = given.asInt(DEFAULT_FULL_LAYERS);
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
    RotaryKeys.write(config.getRotary(), json);
    writeVariants(config, json);
  }

  private static void writeVariants(TransformerConfig config, ObjectNode json) {
    Architecture architecture = config.getArchitecture();
    if (architecture.hasAttentionBiasKey()) {
      json.put("attention_bias", config.isAttentionBias());
    }
    if (architecture.hasMlpBiasKey()) {
      json.put("mlp_bias", config.isMlpBias());
    }
    if (architecture != Architecture.LLAMA) {
      json.put("sliding_window", config.getSlidingWindow());
    }
    if (architecture == Architecture.QWEN2 || architecture == Architecture.QWEN3) {
      boolean slides = config.getSlidingWindow() != null;
      json.put("use_sliding_window", slides);
      json.put("max_window_layers", slides ? 0 : config.getNLayer());
    }
  }

  @Override
  public void addParameters(TransformerConfig config, LayoutBuilder layout) {
    long d = config.getNEmbd();
    layout.table(tokenTable(), Role.TOKEN_EMBEDDING, config.getVocabSize(), d);
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      addBlock(config, layout.inLayer(layer), prefix() + "layers." + layer + ".");
    }
    layout.inLayer(ParameterLayout.NO_LAYER).norm(prefix() + "norm", Role.FINAL_NORM, d, false);
  }

  private static void addBlock(TransformerConfig config, LayoutBuilder layout, String block) {
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
