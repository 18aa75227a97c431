package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.data.InputFile;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of a YAML file before they become a {@link TrainingConfig}.
 *
 * <pre>{@code
 * TrainingConfig config =
 *     ConfigFile.read(Path.of("args/prosqa_coconut.yaml")).set("lr=3e-4").toTrainingConfig();
 * }</pre>
 */
public final class ConfigFile {

  private final String source;
  private final ObjectNode settings;

  private ConfigFile(String source, ObjectNode settings) {
    this.source = source;
    this.settings = settings;
  }

  /**
   * Reads a YAML file.
   *
   * @throws ConfigException if it is not a YAML mapping in UTF-8
   * @throws IOException if it cannot be read
   */
  public static ConfigFile read(Path file) throws IOException {
    return parse(file.toString(), text(file));
  }

  /**
   * The text of a YAML file, for those who need it too: a pipe is read only once.
   *
   * @throws ConfigException if there is no such file or it is not in UTF-8
   * @throws IOException if it cannot be read
   */
  public static String text(Path file) throws IOException {
    InputFile input = InputFile.of(file);
    if (!input.isRegular() && !input.isPipe()) {
      throw new ConfigException(
          "The configuration "
              + file
              + " needs to be a file or a pipe but "
              + input.description()
              + ". Check the path.");
    }
    try {
      return Utf8Text.decode(input.content(), "The configuration " + file);
    } catch (NotUtf8Exception e) {
      throw new ConfigException(e.getMessage(), e);
    }
  }

  /**
   * Reads YAML text.
   *
   * @param source what errors call the text
   * @throws ConfigException if it is not a YAML mapping
   */
  public static ConfigFile parse(String source, String yaml) {
    JsonNode root = tree(source, yaml);
    if (!(root instanceof ObjectNode settings)) {
      throw new ConfigException(
          source
              + " needs to be a YAML mapping of keys to values but is "
              + (root.isMissingNode()
                  ? "empty"
                  : root.getNodeType().name().toLowerCase(Locale.ROOT))
              + ". Write lines such as `lr: 1.0e-4`.");
    }
    return new ConfigFile(source, settings);
  }

  /**
   * Overrides one key.
   *
   * @param assignment {@code KEY=VALUE}, the value as YAML spells it
   * @throws ConfigException if there is no {@code =} or the value is not YAML
   */
  public ConfigFile set(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigException(
          "--set needs KEY=VALUE but got `" + assignment + "`. Write, say, --set lr=1.0e-4.");
    }
    String key = assignment.substring(0, equals).strip();
    JsonNode value = tree("--set " + key, assignment.substring(equals + 1));
    settings.set(key, value.isMissingNode() ? settings.nullNode() : value);
    return this;
  }

  /** Overrides keys by the members of a mapping. */
  public ConfigFile setAll(ObjectNode overrides) {
    settings.setAll(overrides);
    return this;
  }

  /** Takes a section that is no key of a training configuration out of the settings. */
  public Optional<JsonNode> take(String key) {
    return Optional.ofNullable(settings.remove(key));
  }

  /**
   * Takes a section that says what to do with the rest of the file out of the settings.
   *
   * @param example of the section, for errors
   * @throws ConfigException if it is missing or no mapping
   */
  public ObjectNode takeSection(String key, String example) {
    JsonNode section = take(key).orElse(null);
    if (section instanceof ObjectNode keys) {
      return keys;
    }
    String write = " Write, say, `" + example + "`.";
    if (section == null) {
      requireKnown(values().keySet()); // tells of a file that is neither
      throw new ConfigException(
          "`"
              + key
              + "` needs a mapping but is missing: a training configuration without it is taken by"
              + " the command train."
              + write);
    }
    throw new ConfigException("`" + key + "` needs a mapping but is " + section + "." + write);
  }

  /**
   * Where what the file describes goes if nothing else is said: {@code save_path/name}.
   *
   * @param name where the file has none
   */
  public Path defaultDirectory(String name) {
    return Path.of(text("save_path", "runs"), text("name", name));
  }

  private String text(String key, String otherwise) {
    JsonNode value = settings.get(key);
    return value == null || value.isNull() ? otherwise : value.asText();
  }

  /**
   * Refuses keys that no training configuration has.
   *
   * @throws ConfigException naming each of them and, where there is one, the key that was meant, or
   *     the kind of file that has it
   */
  public static void requireKnown(Collection<String> keys) {
    ForeignFile.refuse(keys);
    KnownKeys.check(keys);
  }

  /**
   * Refuses keys that are two names of one, {@code n_embd} and {@code hidden_size} say.
   *
   * @throws ConfigException naming both
   */
  public static void requireOneSpelling(Collection<String> keys) {
    ArchitectureKeys.requireOneSpelling(keys);
  }

  /**
   * Adds those keys that no training configuration has.
   *
   * @param prefix what stands before the keys in errors: nothing, or a section and a dot
   */
  public static void collectUnknown(String prefix, Collection<String> keys, UnknownKeys unknown) {
    KnownKeys.collectUnknown(prefix, keys, unknown);
  }

  /** An independent copy. */
  public ConfigFile copy() {
    return new ConfigFile(source, settings.deepCopy());
  }

  /**
   * The settings as a configuration, what they leave out at its default.
   *
   * @throws ConfigException for unknown keys, a value of another type or out of range
   */
  public TrainingConfig toTrainingConfig() {
    try {
      requireKnown(values().keySet());
      ObjectNode resolved = settings.deepCopy();
      ReferenceKeys.resolve(resolved);
      TrainingConfig config = SettingsBinder.ofFile().bind(resolved, TrainingConfig.class);
      ReferenceKeys.noteBatch(settings, config);
      return config;
    } catch (ConfigException e) {
      throw new ConfigException(
          source + ": " + ArchitectureKeys.asSpelled(e.getMessage(), settings), e);
    }
  }

  /** Whether a value stands where the published files want the user's own path. */
  public static boolean isPlaceholder(String path) {
    return path.startsWith("YOUR_PATH");
  }

  /** The settings by key, as they stand. */
  public Map<String, JsonNode> values() {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    settings.properties().forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    return values;
  }

  /** A configuration's values by key, every key. */
  public static Map<String, JsonNode> values(TrainingConfig config) {
    return parse("config", toYaml(config)).values();
  }

  /** A configuration as YAML text with every key. */
  public static String toYaml(TrainingConfig config) {
    try {
      return ConfigMappers.YAML.writeValueAsString(config);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A valid configuration can be written", e);
    }
  }

  /** Writes a configuration with every key, such that reading it gives an equal one. */
  public static void write(TrainingConfig config, Path file) throws IOException {
    AtomicFile.write(file, toYaml(config));
  }

  private static JsonNode tree(String source, String yaml) {
    try {
      return YamlTree.parse(yaml);
    } catch (ConfigException e) {
      throw new ConfigException(source + " " + e.getMessage(), e);
    }
  }
}
