package io.github.coconut4j.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import java.util.List;
import java.util.Map;
import lombok.extern.slf4j.Slf4j;

/** The keys that describe a model from scratch; a start model has its own values. */
@Slf4j
final class ScratchKeys {

  /** In the order of the documentation. */
  static final List<String> NAMES =
      List.of(
          "architecture",
          "n_layer",
          "n_embd",
          "n_head",
          "n_positions",
          "n_inner",
          "num_key_value_heads",
          "head_dim",
          "activation_function",
          "layer_norm_epsilon",
          "rope_theta",
          "rope_scaling",
          "sliding_window",
          "attention_bias",
          "mlp_bias",
          "scale_attn_weights",
          "scale_attn_by_inverse_layer_idx",
          "attn_pdrop",
          "embd_pdrop",
          "resid_pdrop",
          "tie_word_embeddings",
          "initializer_range",
          "embedding_range",
          "position_embedding",
          "residual_scaled");

  private ScratchKeys() {}

  /** Logs once which of a configuration's keys have no effect, since it has a start model. */
  static void warnOfIgnored(TrainingConfig config) {
    boolean continues = config.getLoadModelPath() != null;
    if (config.isFromScratch() && !continues) {
      return;
    }
    List<String> ignored = changed(config);
    if (!ignored.isEmpty()) {
      log.warn(
          "Keys of a model from scratch have no effect with `{}: {}`, whose config.json decides:"
              + " {}. Leave them out; `dropout` sets its dropout.",
          continues ? "load_model_path" : "model_id",
          continues ? config.getLoadModelPath() : config.getModelId(),
          String.join(", ", ignored));
    }
  }

  /** The keys that do not have their default; a run's config.yaml has all others too. */
  private static List<String> changed(TrainingConfig config) {
    Map<String, JsonNode> own = ConfigFile.values(config);
    Map<String, JsonNode> defaults =
        ConfigFile.values(
            TrainingConfig.builder()
                .method(config.getMethod())
                .trainPath(config.getTrainPath())
                .valPath(config.getValPath())
                .onlyEval(config.isOnlyEval())
                .build());
    return NAMES.stream().filter(key -> !own.get(key).equals(defaults.get(key))).toList();
  }
}
