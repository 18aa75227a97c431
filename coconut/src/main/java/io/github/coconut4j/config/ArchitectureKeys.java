package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Converts the keys of Llama's {@code config.json} to GPT-2's, which {@link TrainingConfig} uses,
 * so that either spelling works for every architecture.
 */
final class ArchitectureKeys {

  private static final String ARCHITECTURE = "architecture";
  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String THETA = "rope_theta";

  /** GPT-2's names by Llama's. */
  private static final Map<String, String> ALIASES =
      new TreeMap<>(
          Map.of(
              "hidden_size", "n_embd",
              "num_hidden_layers", "n_layer",
              "num_attention_heads", "n_head",
              "max_position_embeddings", "n_positions",
              "intermediate_size", "n_inner",
              "hidden_act", "activation_function",
              "attention_dropout", "attn_pdrop",
              "rms_norm_eps", "layer_norm_epsilon"));

  /** Keys that {@link TrainingConfig} itself does not have. */
  static final Set<String> NAMES = names();

  private ArchitectureKeys() {}

  private static Set<String> names() {
    Set<String> names = new TreeSet<>(ALIASES.keySet());
    names.add(PARAMETERS);
    return names;
  }

  /**
   * Renames keys in place.
   *
   * @throws ConfigException if a key is given in both spellings
   */
  static void resolve(ObjectNode settings) {
    if (settings.path(ARCHITECTURE).isTextual()) {
      settings.put(ARCHITECTURE, settings.get(ARCHITECTURE).textValue().toLowerCase(Locale.ROOT));
    }
    ALIASES.forEach((alias, key) -> rename(settings, alias, key, key));
    JsonNode parameters = settings.remove(PARAMETERS);
    if (parameters != null) {
      resolveParameters(settings, parameters);
    }
    if (settings.get(SCALING) instanceof ObjectNode scaling) {
      rename(scaling, "type", "rope_type", SCALING + ".rope_type");
    }
  }

  /**
   * Rejects settings from several sources if they would conflict when merged.
   *
   * @throws ConfigException if they have a key in both spellings
   */
  static void requireOneSpelling(Collection<String> keys) {
    ALIASES.forEach((alias, key) -> requireOne(keys, alias, key));
    requireOne(keys, PARAMETERS, SCALING);
  }

  private static void requireOne(Collection<String> keys, String alias, String key) {
    refuseBoth(keys.contains(alias) && keys.contains(key), alias, key);
  }

  /** The newer spelling has the base of the frequencies in the same mapping. */
  private static void resolveParameters(ObjectNode settings, JsonNode parameters) {
    if (!(parameters instanceof ObjectNode mapping)) {
      throw ConfigException.of(
          PARAMETERS,
          "a mapping",
          parameters,
          "Write, say, `rope_parameters: {rope_theta: 5.0e5}`.");
    }
    refuseBoth(settings.has(SCALING), PARAMETERS, SCALING);
    JsonNode theta = mapping.remove(THETA);
    if (theta != null && !theta.isNull()) {
      refuseBoth(settings.has(THETA), PARAMETERS + "." + THETA, THETA);
      settings.set(THETA, theta);
    }
    if (!mapping.isEmpty()) {
      settings.set(SCALING, mapping);
    }
  }

  private static void rename(ObjectNode settings, String alias, String key, String name) {
    JsonNode value = settings.remove(alias);
    if (value != null) {
      refuseBoth(settings.has(key), alias, name);
      settings.set(key, value);
    }
  }

  private static void refuseBoth(boolean hasOther, String key, String other) {
    if (hasOther) {
      throw new ConfigException(
          "`%s` and `%s` are two names of one key. Keep one of them.".formatted(key, other));
    }
  }

  /** A message about {@link TrainingConfig}'s keys with the names that the settings use. */
  static String asSpelled(String message, ObjectNode settings) {
    String spelled = message;
    for (Map.Entry<String, String> names : ALIASES.entrySet()) {
      if (settings.has(names.getKey()) && !settings.has(names.getValue())) {
        spelled = spelled.replaceAll("\\b" + names.getValue() + "\\b", names.getKey());
      }
    }
    return settings.has(PARAMETERS) && !settings.has(SCALING)
        ? spelled.replace(SCALING, PARAMETERS)
        : spelled;
  }
}
