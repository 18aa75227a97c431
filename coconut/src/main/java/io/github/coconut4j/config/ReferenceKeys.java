package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import lombok.extern.slf4j.Slf4j;

/**
 * Converts keys that the published implementation spells differently to ours: booleans that choose
 * the method, {@code bf16}, the text {@code None}.
 */
@Slf4j
final class ReferenceKeys {

  /**
   * Booleans that choose the method; the later ones take precedence over {@code coconut}, as
   * published.
   */
  private static final List<String> METHODS = List.of("coconut", "cot", "no_cot", "no_thoughts");

  /** Number of sequences per update in the paper's runs: 4 processes with 32 each. */
  private static final int PUBLISHED_BATCH = 128;

  private static final Set<String> IGNORED = Set.of("project");

  /** Keys that {@link TrainingConfig} itself does not have. */
  static final Set<String> NAMES =
      Set.of("coconut", "cot", "no_cot", "no_thoughts", "bf16", "project");

  private ReferenceKeys() {}

  static void resolve(ObjectNode settings) {
    NestedKeys.resolve(settings);
    removeNone(settings);
    dropIgnored(settings);
    resolveMethod(settings);
    resolvePrecision(settings);
    ArchitectureKeys.resolve(settings);
  }

  /**
   * Logs a note about what a published file leaves to its launcher: 4 processes, each with {@code
   * batch_size_training} sequences.
   */
  static void logBatchSize(ObjectNode settings, TrainingConfig config) {
    long batch = (long) config.getBatchSizeTraining() * config.getGradientAccumulationSteps();
    boolean isPublished = METHODS.stream().anyMatch(settings::has) && !config.isFromScratch();
    if (isPublished && !config.isOnlyEval() && batch < PUBLISHED_BATCH) {
      log.info(
          "An update takes {} sequences; the published runs take {}, as `batch_size_training` there"
              + " is that of each of 4 processes. Set gradient_accumulation_steps={} for as many.",
          batch,
          PUBLISHED_BATCH,
          -Math.floorDiv(-PUBLISHED_BATCH, config.getBatchSizeTraining()));
    }
  }

  private static void removeNone(ObjectNode settings) {
    Set<String> none = new LinkedHashSet<>();
    settings
        .properties()
        .forEach(
            entry -> {
              JsonNode value = entry.getValue();
              if (value.isNull() || (value.isTextual() && value.textValue().equals("None"))) {
                none.add(entry.getKey());
              }
            });
    settings.remove(none);
  }

  private static void dropIgnored(ObjectNode settings) {
    Set<String> ignored = new TreeSet<>(IGNORED);
    ignored.removeIf(key -> !settings.has(key));
    if (!ignored.isEmpty()) {
      log.info("Keys without a meaning here are ignored: {}", String.join(", ", ignored));
      settings.remove(ignored);
    }
  }

  private static void resolveMethod(ObjectNode settings) {
    Set<String> chosen = new LinkedHashSet<>();
    for (String key : METHODS) {
      JsonNode value = settings.remove(key);
      if (value != null && flag(key, value)) {
        chosen.add(key);
      }
    }
    if (chosen.size() > 1) {
      chosen.remove("coconut");
    }
    JsonNode method = settings.path("method");
    if (method.isContainerNode()) {
      throw ConfigException.of(
          "method", "the name of one method", method, "Write, say, `method: coconut`.");
    }
    if (!method.isMissingNode()) {
      chosen.add(method.asText().toLowerCase(Locale.ROOT));
    }
    if (chosen.size() > 1) {
      throw new ConfigException(
          "One method is needed, but the file chooses "
              + String.join(" and ", chosen)
              + ". Keep one of them.");
    }
    chosen.forEach(name -> settings.put("method", name));
  }

  private static void resolvePrecision(ObjectNode settings) {
    JsonNode value = settings.remove("bf16");
    if (value == null) {
      return;
    }
    if (flag("bf16", value)) {
      settings.put("precision", "bf16");
    }
  }

  private static boolean flag(String key, JsonNode value) {
    String text = value.asText().toLowerCase(Locale.ROOT);
    if (!text.equals("true") && !text.equals("false")) {
      throw ConfigException.of(key, "true or false", value, "Write `" + key + ": true`.");
    }
    return text.equals("true");
  }
}
