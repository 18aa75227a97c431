package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** PEFT's {@code adapter_config.json}, read and written. Unsupported options are rejected. */
final class PeftConfig {

  private static final String TYPE = "LORA";
  private static final String BASE = "base_model_name_or_path";
  private static final String REMEDY = "Correct the file or choose another adapter.";

  /** Keys that are read here. */
  private static final Set<String> COMPUTED =
      Set.of(
          "peft_type",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_rslora",
          "target_modules",
          "rank_pattern",
          "alpha_pattern",
          "modules_to_save",
          "trainable_token_indices",
          "bias",
          "init_lora_weights");

  /** Keys with which PEFT fails if their value is null. */
  private static final List<String> NEVER_NULL =
      List.of("r", "lora_alpha", "lora_dropout", "rank_pattern", "alpha_pattern");

  /** Keys that do not change what a trained adapter computes. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          BASE,
          "auto_mapping",
          "corda_config",
          "eva_config",
          "fan_in_fan_out", // PEFT derives it from the layer's class, we from the architecture
          "inference_mode",
          "layers_pattern", // has an effect only with layers_to_transform
          "loftq_config",
          "lora_ga_config",
          "megatron_core",
          "peft_version",
          "qalora_group_size",
          "revision",
          "runtime_config",
          "task_type");

  /**
   * Initializations that change the base's weights; an adapter's file does not contain these
   * changes.
   */
  private static final Pattern CHANGES_BASE =
      Pattern.compile("(pissa|olora|loftq|corda|lora_ga).*");

  private final Path file;
  private final ObjectNode json;

  private PeftConfig(Path file, ObjectNode json) {
    this.file = file;
    this.json = json;
  }

  /** Reads an adapter's configuration and rejects unsupported options. */
  static PeftConfig read(Path directory) throws IOException {
    Arguments.requireNonNull(directory, "directory", "Name the directory that holds the adapter.");
    Path file = directory.resolve(LoraConfig.FILE);
    if (!Presence.isFile(file)) {
      throw new ModelFormatException(
          "The adapter " + directory,
          "must contain " + LoraConfig.FILE,
          "none",
          "Name the directory that PEFT's save_pretrained has written, or the directory model/"
              + " of a training run with `lora`.");
    }
    PeftConfig config = new PeftConfig(file, ConfigJson.parse(file));
    config.requireComputed();
    return config;
  }

  private void requireComputed() {
    require("peft_type", type -> TYPE.equals(type.textValue()), "\"" + TYPE + "\"");
    require(
        "bias",
        bias -> bias.isMissingNode() || "none".equals(bias.textValue()),
        "\"none\", since biases are the base's here");
    require(
        "init_lora_weights",
        how -> !how.isTextual() || !CHANGES_BASE.matcher(how.textValue()).matches(),
        "one that leaves the base as it is");
    NEVER_NULL.forEach(key -> require(key, value -> !value.isNull(), "a value or left out"));
    json.properties()
        .forEach(
            entry -> {
              String key = entry.getKey();
              if (!COMPUTED.contains(key)
                  && !WITHOUT_EFFECT.contains(key)
                  && isSet(entry.getValue())) {
                throw problem(key, "left out, since it is not computed here", entry.getValue());
              }
            });
  }

  private void require(String key, Predicate<JsonNode> holds, String requirement) {
    if (!holds.test(json.path(key))) {
      throw problem(key, requirement, json.path(key));
    }
  }

  private static boolean isSet(JsonNode value) {
    boolean isEmpty = value.isContainerNode() ? value.isEmpty() : value.asText().isEmpty();
    return !value.isNull() && !isEmpty && !(value.isBoolean() && !value.booleanValue());
  }

  /** The base model's path or name, as given; null if there is none. */
  String base() {
    return json.path(BASE).textValue();
  }

  /** The configuration for a base model. */
  LoraConfig on(TransformerConfig base) {
    LoraConfig.LoraConfigBuilder lora =
        LoraConfig.builder()
            .r(value("r", JsonNode::isInt, "a whole number", JsonNode::intValue, 8))
            .loraAlpha(number("lora_alpha", 8))
            .loraDropout(number("lora_dropout", 0))
            .useRslora(
                value(
                    "use_rslora", JsonNode::isBoolean, "a boolean", JsonNode::booleanValue, false))
            .rankPattern(mapping("rank_pattern", JsonNode::isInt, JsonNode::intValue))
            .alphaPattern(mapping("alpha_pattern", JsonNode::isNumber, JsonNode::doubleValue))
            .modulesToSave(
                list("modules_to_save", json.path("modules_to_save"), JsonNode::textValue))
            .trainableTokenIndices(tokens(base));
    JsonNode targets = json.path("target_modules");
    if (targets.isTextual()) {
      lora.targetPattern(targets.textValue());
    } else {
      lora.targetModules(list("target_modules", targets, JsonNode::textValue));
    }
    try {
      return lora.build();
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file + ": " + e.getMessage() + ". " + REMEDY, e);
    }
  }

  /** A list of ids, or a mapping of the token table's module to one. */
  private List<Integer> tokens(TransformerConfig base) {
    String key = "trainable_token_indices";
    JsonNode value = json.path(key);
    if (value.isObject() && !value.isEmpty()) {
      Map.Entry<String, JsonNode> entry = value.properties().iterator().next();
      String table = ParameterLayout.of(base).tokenTable().replaceFirst("\\.weight$", "");
      if (value.size() > 1 || !LoraConfig.endsIn(table, entry.getKey())) {
        throw problem(key, "only of the token embeddings", value);
      }
      value = entry.getValue();
    }
    return list(key, value, id -> id.isInt() ? id.intValue() : null);
  }

  private double number(String key, double other) {
    return value(key, JsonNode::isNumber, "a number", JsonNode::doubleValue, other);
  }

  private <T> T value(
      String key,
      Predicate<JsonNode> holds,
      String requirement,
      Function<JsonNode, T> read,
      T other) {
    JsonNode value = json.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return other;
    }
    if (!holds.test(value)) {
      throw problem(key, requirement, value);
    }
    return read.apply(value);
  }

  /**
   * Elements of a list.
   *
   * @param read returns null for an invalid element
   */
  private <T> List<T> list(String key, JsonNode value, Function<JsonNode, T> read) {
    List<T> elements = new ArrayList<>();
    if (value.isMissingNode() || value.isNull()) {
      return elements;
    }
    for (JsonNode each : value) {
      elements.add(read.apply(each));
    }
    if (!value.isArray() || elements.contains(null)) {
      throw problem(key, "a list", value);
    }
    return elements;
  }

  private <T> Map<String, T> mapping(
      String key, Predicate<JsonNode> holds, Function<JsonNode, T> read) {
    Map<String, T> mapping = new LinkedHashMap<>();
    JsonNode value = json.path(key);
    boolean isMapping = value.isObject() || value.isMissingNode() || value.isNull();
    if (!isMapping || value.valueStream().anyMatch(holds.negate())) {
      throw problem(key, "a mapping of paths to numbers", value);
    }
    value.properties().forEach(entry -> mapping.put(entry.getKey(), read.apply(entry.getValue())));
    return mapping;
  }

  private ModelFormatException problem(String key, String requirement, JsonNode found) {
    return new ModelFormatException(
        file + ": " + key,
        "must be " + requirement,
        found.isMissingNode() ? "none" : found,
        REMEDY);
  }

  /**
   * Writes the configuration so that PEFT can read it.
   *
   * @param baseName the base model's path or name, or null
   */
  static void write(Path directory, LoraConfig lora, TransformerConfig base, String baseName)
      throws IOException {
    ObjectNode json = (ObjectNode) ConfigJson.tree(Map.of());
    json.put("peft_type", TYPE);
    json.put("task_type", "CAUSAL_LM");
    json.put(BASE, baseName);
    json.put("r", lora.getR());
    put(json, "lora_alpha", lora.getLoraAlpha());
    json.put("lora_dropout", lora.getLoraDropout());
    json.put("use_rslora", lora.isUseRslora());
    json.set(
        "target_modules",
        ConfigJson.tree(
            lora.getTargetPattern() == null ? lora.getTargetModules() : lora.getTargetPattern()));
    json.set("rank_pattern", ConfigJson.tree(lora.getRankPattern()));
    json.set("alpha_pattern", ConfigJson.tree(lora.getAlphaPattern()));
    json.set("modules_to_save", listOrNull(lora.getModulesToSave()));
    json.set("trainable_token_indices", listOrNull(lora.getTrainableTokenIndices()));
    json.put("bias", "none");
    json.put("fan_in_fan_out", base.getArchitecture() == Architecture.GPT2);
    json.put("init_lora_weights", true);
    json.put("use_dora", false);
    json.put("inference_mode", true);
    ConfigJson.writeJson(directory.resolve(LoraConfig.FILE), json);
  }

  private static JsonNode listOrNull(List<?> values) {
    return ConfigJson.tree(values.isEmpty() ? null : values);
  }

  /** PEFT writes whole numbers without a fraction. */
  private static void put(ObjectNode json, String key, double value) {
    if (value == Math.rint(value)) {
      json.put(key, (long) value);
    } else {
      json.put(key, value);
    }
  }
}
