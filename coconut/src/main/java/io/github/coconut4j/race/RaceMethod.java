package io.github.coconut4j.race;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.config.UnknownKeys;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import lombok.Value;

/** An entry of {@code race.methods}: only a name, or {@code {name, set}} with its own keys. */
@Value
class RaceMethod {

  /** Names are also names of directories. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

  /** Keys that the race sets. */
  private static final List<String> RACE_DECIDES = List.of("seed", "name", "save_path");

  /** Default interval if the file sets none; {@code --resume} needs checkpoints. */
  private static final double CHECKPOINT_MINUTES = 1;

  String name;

  /** Keys that override the file's for this method. */
  ObjectNode keys;

  /**
   * Reads an entry of the list.
   *
   * @throws ConfigException if it is neither a name nor a mapping, or has keys that nothing reads
   */
  static RaceMethod of(JsonNode entry) {
    boolean isMapping = entry instanceof ObjectNode;
    String name = (isMapping ? entry.path("name") : entry).asText("");
    if (!NAME.matcher(name).matches()) {
      throw ConfigException.of(
          "race.methods",
          "names of up to 64 letters, digits, `_` and `-`, or mappings of `name` and `set`",
          entry,
          "Write, say, `coconut` or `{name: codi, set: {lr: 1.0e-3}}`.");
    }
    ObjectNode keys = JsonNodeFactory.instance.objectNode().put("method", name);
    if (isMapping) {
      keys.setAll(own(name, (ObjectNode) entry));
    }
    return new RaceMethod(name, keys.put("name", name));
  }

  private static ObjectNode own(String name, ObjectNode entry) {
    for (Map.Entry<String, JsonNode> member : entry.properties()) {
      if (!List.of("name", "set").contains(member.getKey())) {
        throw new ConfigException(
            "`race.methods` needs only `name` and `set` but has `%s` for %s. Move it into `set`."
                .formatted(member.getKey(), name));
      }
    }
    if (!entry.has("set")) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (!(entry.get("set") instanceof ObjectNode own)) {
      throw ConfigException.of(
          "race.methods",
          "a mapping as `set` of " + name,
          entry.get("set"),
          "Write, say, `{lr: 1.0e-3}`.");
    }
    UnknownKeys unknown = new UnknownKeys();
    List<String> given = own.properties().stream().map(Map.Entry::getKey).toList();
    ConfigFile.collectUnknown("race.methods." + name + ".set.", given, unknown);
    unknown.refuse();
    RACE_DECIDES.stream()
        .filter(own::has)
        .findFirst()
        .ifPresent(
            key -> {
              throw ConfigException.of(
                  "race.methods." + name + ".set",
                  "keys that the race does not decide itself",
                  key,
                  "Leave it out; seeds stand in `race.seeds` and `race.seeds_of`.");
            });
    return own;
  }

  /**
   * A run's configuration.
   *
   * @param isFirst whether the seed is the method's first; its directory has only the method's
   *     name, so that it does not change when seeds are added
   */
  RaceEntry entry(ConfigFile base, long seed, boolean isFirst) {
    TrainingConfig config =
        base.copy().setAll(keys.deepCopy().put("seed", seed)).toTrainingConfig();
    if (config.getCheckpointEverySteps() == null && config.getCheckpointEveryMinutes() == null) {
      config = config.toBuilder().checkpointEveryMinutes(CHECKPOINT_MINUTES).build();
    }
    return new RaceEntry(name, isFirst ? name : name + "-seed-" + seed, config);
  }
}
