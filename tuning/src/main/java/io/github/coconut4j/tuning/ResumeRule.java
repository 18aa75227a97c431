package io.github.coconut4j.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Rejects resuming a search with another configuration than the original one. */
final class ResumeRule {

  /**
   * May change when a run is resumed, but in a search all candidates' sums depend on it in the same
   * way.
   */
  private static final String THREADS = "threads";

  /** Keys of a search that only determine when it ends. */
  private static final Set<String> FREE_OF_SEARCH =
      Set.of("candidates", "minutes", "patience", "candidate_minutes", "memory");

  /** Its keys are numbered in their order, and what is proposed are values by these numbers. */
  private static final String SPACE = "search.space";

  private ResumeRule() {}

  static void check(String before, String now) {
    Map<String, JsonNode> old = settings(before);
    Map<String, JsonNode> current = settings(now);
    Set<String> keys = new TreeSet<>(old.keySet());
    keys.addAll(current.keySet());
    for (String key : keys) {
      JsonNode was = old.get(key);
      JsonNode is = current.get(key);
      if (!Objects.equals(was, is) || (key.equals(SPACE) && !names(was).equals(names(is)))) {
        throw new ConfigException(
            "A search continues only with the configuration it began with, but `%s` was %s and is now %s. Change it back, or start another search with --out."
                .formatted(key, was, is));
      }
    }
  }

  private static List<String> names(JsonNode mapping) {
    return mapping.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static Map<String, JsonNode> settings(String yaml) {
    ConfigFile file = ConfigFile.parse("search.yaml", yaml);
    TrainingConfig.FREE_OF_TRAINING.stream()
        .filter(key -> !key.equals(THREADS))
        .forEach(file::take);
    Map<String, JsonNode> settings = file.values();
    if (settings.remove("search") instanceof ObjectNode search) {
      boolean halving = search.has("halving");
      search
          .properties()
          .forEach(
              entry -> {
                boolean free = FREE_OF_SEARCH.contains(entry.getKey());
                if (!free || (halving && entry.getKey().equals("candidates"))) {
                  settings.put("search." + entry.getKey(), entry.getValue());
                }
              });
    }
    return settings;
  }
}
