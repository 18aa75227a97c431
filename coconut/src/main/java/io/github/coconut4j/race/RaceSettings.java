package io.github.coconut4j.race;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import io.github.coconut4j.config.ConfigException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lombok.Builder;
import lombok.Value;

/** The section {@code race} of a file. */
@Value
@Builder(buildMethodName = "assemble")
@JsonDeserialize(builder = RaceSettings.RaceSettingsBuilder.class)
@JsonNaming(SnakeCaseStrategy.class)
class RaceSettings {

  private static final String WRITE_SEEDS = "Write, say, `[1, 2, 3]`.";

  /** Names of methods, or mappings of {@code name} and {@code set}. */
  List<JsonNode> methods;

  /** Seeds of every method. */
  @Builder.Default List<Long> seeds = List.of(1L);

  /** Seeds of single methods, instead of {@code seeds}. */
  @Builder.Default Map<String, List<Long>> seedsOf = Map.of();

  private void check() {
    if (methods == null || methods.isEmpty()) {
      throw ConfigException.of(
          "race.methods", "at least one method", methods, "Write, say, `[coconut, cot]`.");
    }
    requireDistinct("race.seeds", seeds);
    if (seedsOf == null) {
      throw ConfigException.of("race.seeds_of", "a mapping", null, "Leave it out.");
    }
    seedsOf.forEach((method, own) -> requireDistinct("race.seeds_of." + method, own));
  }

  private static void requireDistinct(String key, List<Long> seeds) {
    if (seeds == null || seeds.isEmpty() || seeds.stream().anyMatch(Objects::isNull)) {
      throw ConfigException.of(key, "a list of whole numbers", seeds, WRITE_SEEDS);
    }
    if (new HashSet<>(seeds).size() < seeds.size()) {
      throw ConfigException.of(key, "seeds that differ", seeds, "Leave out those given twice.");
    }
  }

  /** The seeds of a method. */
  List<Long> seedsOf(String method) {
    return seedsOf.getOrDefault(method, seeds);
  }

  /** Builds valid settings. */
  @JsonPOJOBuilder(withPrefix = "")
  @JsonNaming(SnakeCaseStrategy.class)
  static class RaceSettingsBuilder {

    RaceSettings build() {
      RaceSettings settings = assemble();
      settings.check();
      return settings;
    }
  }
}
