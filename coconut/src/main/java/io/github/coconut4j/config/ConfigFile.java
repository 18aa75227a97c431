package io.github.coconut4j.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.data.InputFile;
import io.github.coconut4j.data.NotUtf8Exception;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
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

  /**
   * Largest size of a file, in bytes, far above that of any configuration: the time to read a text
   * grows with the square of its length.
   */
  private static final long MOST_BYTES = 1 << 20;

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
    Arguments.requireNonNull(file, "file", "Name the YAML file.");
    return parse(file.toString(), text(file));
  }

  /**
   * The text of a YAML file. For callers that also need the text, since a pipe can be read only
   * once.
   *
   * @throws ConfigException if there is no such file, it is not in UTF-8 or has over 1 MiB
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
    if (input.isRegular()) {
      requireSize(file, Files.size(file)); // before it is read: it may be a model's weights
    }
    byte[] content = input.content();
    requireSize(file, content.length);
    try {
      return Utf8Text.decode(content, "The configuration " + file);
    } catch (NotUtf8Exception e) {
      throw new ConfigException(e.getMessage(), e);
    }
  }

  private static void requireSize(Path file, long bytes) {
    if (bytes > MOST_BYTES) {
      throw new ConfigException(
          "The configuration "
              + file
              + " needs to be a YAML file of at most "
              + MOST_BYTES
              + " bytes but has "
              + bytes
              + ". Check the path.");
    }
  }

  /**
   * Reads YAML text.
   *
   * @param source name of the text in errors
   * @throws ConfigException if it is not a YAML mapping
   */
  public static ConfigFile parse(String source, String yaml) {
    Arguments.requireNonNull(source, "source", "Give the text a name for errors.");
    Arguments.requireNonNull(yaml, "yaml", "Give the text, such as `lr: 1.0e-4`.");
    JsonNode root = tree(source, yaml);
    if (!(root instanceof ObjectNode settings)) {
      throw new ConfigException(
          source
              + " needs to be a YAML mapping of keys to values but is "
              + content(root)
              + ". Write lines such as `lr: 1.0e-4`.");
    }
    return new ConfigFile(source, settings);
  }

  private static String content(JsonNode root) {
    return switch (root.getNodeType()) {
      case MISSING, NULL -> "empty";
      case ARRAY -> "a list";
      default -> "one value";
    };
  }

  /**
   * Overrides one key.
   *
   * @param assignment {@code KEY=VALUE}, with the value in YAML
   * @throws ConfigException if there is no {@code =}, the value is not YAML, or a part of it would
   *     be a comment in YAML
   */
  public ConfigFile set(String assignment) {
    Arguments.requireNonNull(assignment, "assignment", "Write, say, `lr=1.0e-4`.");
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigException(
          "--set needs KEY=VALUE but got `" + assignment + "`. Write, say, --set lr=1.0e-4.");
    }
    String key = assignment.substring(0, equals).strip();
    String yaml = assignment.substring(equals + 1);
    JsonNode value = tree("--set " + key, yaml);
    if (YamlTree.endsWithComment(yaml)) {
      throw new ConfigException(
          "--set %s needs a value without comments but got `%s`, where # begins one. Quote it for YAML: --set '%s=%s'."
              .formatted(key, yaml, key, quotedForYamlAndShell(yaml)));
    }
    settings.set(key, value.isMissingNode() ? settings.nullNode() : value);
    return this;
  }

  /** A text as YAML in double quotes, to be written between single quotes in a shell. */
  private static String quotedForYamlAndShell(String text) {
    String yaml = '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    return yaml.replace("'", "'\\''");
  }

  /** Overrides keys with the entries of a mapping. */
  public ConfigFile setAll(ObjectNode overrides) {
    Arguments.requireNonNull(overrides, "overrides", "Give an empty object for none.");
    settings.setAll(overrides);
    return this;
  }

  /**
   * Removes a section that is not a key of a training configuration from the settings, and returns
   * it.
   */
  public Optional<JsonNode> take(String key) {
    return Optional.ofNullable(settings.remove(key));
  }

  /**
   * Removes a required section from the settings, and returns it.
   *
   * @param example an example of the section, for errors
   * @throws ConfigException if it is missing or not a mapping
   */
  public ObjectNode takeSection(String key, String example) {
    JsonNode section = take(key).orElse(null);
    if (section instanceof ObjectNode keys) {
      return keys;
    }
    String write = " Write, say, `" + example + "`.";
    if (section == null) {
      requireKnown(values().keySet()); // reports a file that is neither kind
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
   * The default output directory: {@code save_path/name}.
   *
   * @param name default name if the file has none
   */
  public Path defaultDirectory(String name) {
    return Path.of(text("save_path", "runs"), text("name", name));
  }

  private String text(String key, String otherwise) {
    JsonNode value = settings.get(key);
    return value == null || value.isNull() ? otherwise : value.asText();
  }

  /**
   * Rejects keys that no training configuration has.
   *
   * @throws ConfigException naming each key and, if there is one, the similar known key, or the
   *     kind of file that has it
   */
  public static void requireKnown(Collection<String> keys) {
    ForeignFile.refuse(keys);
    KnownKeys.check(keys);
  }

  /**
   * Rejects two names of the same key, for example {@code n_embd} and {@code hidden_size}.
   *
   * @throws ConfigException naming both
   */
  public static void requireOneSpelling(Collection<String> keys) {
    ArchitectureKeys.requireOneSpelling(keys);
  }

  /**
   * Collects the keys that no training configuration has.
   *
   * @param prefix prefix of the keys in errors: empty, or a section and a dot
   */
  public static void collectUnknown(String prefix, Collection<String> keys, UnknownKeys unknown) {
    KnownKeys.collectUnknown(prefix, keys, unknown);
  }

  /** An independent copy. */
  public ConfigFile copy() {
    return new ConfigFile(source, settings.deepCopy());
  }

  /**
   * The settings as a configuration; missing keys have their defaults.
   *
   * @throws ConfigException for unknown keys, a value of another type or out of range
   */
  public TrainingConfig toTrainingConfig() {
    try {
      requireKnown(values().keySet());
      ObjectNode resolved = settings.deepCopy();
      ReferenceKeys.resolve(resolved);
      TrainingConfig config = SettingsBinder.ofFile().bind(resolved, TrainingConfig.class);
      ReferenceKeys.logBatchSize(settings, config);
      return config;
    } catch (ConfigException e) {
      throw new ConfigException(
          source + ": " + ArchitectureKeys.asSpelled(e.getMessage(), settings), e);
    }
  }

  /** Whether a value is a placeholder of the published files for the user's own path. */
  public static boolean isPlaceholder(String path) {
    return path.startsWith("YOUR_PATH");
  }

  /**
   * Rejects a directory of results in a placeholder of the published files.
   *
   * @param directory {@code save_path/name}
   * @param remedy how to name another, as a sentence
   * @return the directory
   * @throws ConfigException naming {@code save_path}
   */
  public static Path requireNoPlaceholder(Path directory, String remedy) {
    if (isPlaceholder(directory.toString())) {
      throw ConfigException.of(
          "save_path",
          "a directory for results",
          "the placeholder " + directory.getName(0),
          remedy);
    }
    return directory;
  }

  /** The current settings by key. */
  public Map<String, JsonNode> values() {
    Map<String, JsonNode> values = new LinkedHashMap<>();
    settings.properties().forEach(entry -> values.put(entry.getKey(), entry.getValue()));
    return values;
  }

  /** A configuration's values by key, every key. */
  public static Map<String, JsonNode> values(TrainingConfig config) {
    return parse("config", toYaml(config)).values();
  }

  /** The current settings as YAML text, without the file's comments. */
  public String toYaml() {
    return yaml(settings);
  }

  /** A configuration as YAML text with every key. */
  public static String toYaml(TrainingConfig config) {
    return yaml(config);
  }

  private static String yaml(Object settings) {
    try {
      return ConfigMappers.YAML.writeValueAsString(settings);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Valid settings can be written", e);
    }
  }

  /** Writes a configuration with every key; reading the file gives an equal configuration. */
  public static void write(TrainingConfig config, Path file) throws IOException {
    AtomicFile.write(file, toYaml(config));
  }

  /**
   * Whether a file is as {@link #write} writes it: with every key and without comments.
   *
   * @throws IOException if it cannot be read
   */
  public static boolean isComplete(Path file) throws IOException {
    String text = text(file);
    try {
      return text.equals(toYaml(parse(file.toString(), text).toTrainingConfig()));
    } catch (IllegalArgumentException e) {
      return false; // not a configuration, or one of another version
    }
  }

  private static JsonNode tree(String source, String yaml) {
    try {
      return YamlTree.parse(yaml);
    } catch (ConfigException e) {
      throw new ConfigException(source + " " + e.getMessage(), e);
    }
  }
}
