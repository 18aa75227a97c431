package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares a configuration with the one that a run began with. */
public final class ChangedKeys {

  private ChangedKeys() {}

  /**
   * Lists the changed keys that must not change when a run is resumed, each with both values, as
   * text; empty if there are none. A {@code resume} of 0 counts as not set.
   */
  public static String inWords(TrainingConfig before, TrainingConfig now) {
    Map<String, JsonNode> old = values(before);
    return values(now).entrySet().stream()
        .filter(entry -> !TrainingConfig.FREE_AT_RESUME.contains(entry.getKey()))
        .filter(entry -> !entry.getValue().equals(old.get(entry.getKey())))
        .map(
            entry ->
                "`%s` was %s and is now %s"
                    .formatted(entry.getKey(), old.get(entry.getKey()), entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static Map<String, JsonNode> values(TrainingConfig config) {
    return ConfigFile.values(config.toBuilder().resume(config.firstEpoch()).build());
  }
}
