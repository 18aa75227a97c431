package io.github.coconut4j.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.SettingsBinder;
import io.github.coconut4j.config.UnknownKeys;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.tuning.space.SpaceReader;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lombok.Value;

/** A training configuration with a section {@code search}, read from YAML. */
@Value
public class SearchFile {

  private static final SettingsBinder SECTION = SettingsBinder.ofSection("search", Set.of("space"));

  private static final double DEFAULT_CHECKPOINT_MINUTES = 1;

  /** The file as it was read. */
  String text;

  /** Settings of the search. */
  SearchConfig search;

  /** Search space. */
  TrainingConfigSpace space;

  /** The default output directory: {@code save_path/name}. */
  Path defaultDirectory;

  /**
   * Reads a file.
   *
   * @throws ConfigException if it has no section {@code search} or a value is invalid
   * @throws IOException if it cannot be read
   */
  public static SearchFile read(Path file) throws IOException {
    Arguments.requireNonNull(file, "file", "Name the YAML file.");
    return parse(file.toString(), ConfigFile.text(file));
  }

  /**
   * Reads YAML text for candidates on other machines.
   *
   * @param source name of the text in errors
   * @param threads threads of a candidate if the file does not set them, at least 1
   * @throws ConfigException as {@link #read} does
   */
  public static SearchFile parse(String source, String yaml, int threads) {
    return of(source, yaml, ConfigFile.parse(source, yaml), threads);
  }

  /**
   * Reads YAML text.
   *
   * @param source name of the text in errors
   * @throws ConfigException as {@link #read} does
   */
  public static SearchFile parse(String source, String yaml) {
    return of(source, yaml, ConfigFile.parse(source, yaml), null);
  }

  /** With {@code threads} null candidates share this machine's processors. */
  private static SearchFile of(String source, String text, ConfigFile base, Integer threads) {
    try {
      ObjectNode section =
          base.takeSection(
              "search", "search: {candidates: 12, space: {c_thought: {integer: [1, 2]}}}");
      requireKnown(base, section);
      SearchConfig search = SECTION.bind(section, SearchConfig.class);
      JsonNode space = section.get("space");
      prepare(base, space, search, threads);
      requireProblems(base, space);
      if (search.getHalving() != null) {
        requireStageSteps(base, space);
      }
      return new SearchFile(
          text, search, SpaceReader.read(base, space), base.defaultDirectory("search"));
    } catch (ConfigException e) {
      throw e.in(source);
    }
  }

  /** Reports all unknown keys at once, those of the file and those of the section. */
  private static void requireKnown(ConfigFile base, ObjectNode section) {
    UnknownKeys unknown = new UnknownKeys();
    ConfigFile.collectUnknown("", base.values().keySet(), unknown);
    SECTION.collectUnknown(section, SearchConfig.class, unknown);
    if (section.get("space") instanceof ObjectNode space) {
      List<String> searched = space.properties().stream().map(Map.Entry::getKey).toList();
      ConfigFile.collectUnknown("search.space.", searched, unknown);
    }
    unknown.refuse();
  }

  /**
   * Sets the keys that a search needs in every candidate to divide the machine, resume candidates
   * and use halving.
   */
  private static void prepare(
      ConfigFile base, JsonNode space, SearchConfig search, Integer threads) {
    if (!has(base, "threads")) {
      int processors = Runtime.getRuntime().availableProcessors();
      int share = Math.max(1, processors / search.getParallel());
      base.set("threads=" + (threads == null ? share : threads));
    }
    if (!has(base, "checkpoint_every_steps") && !has(base, "checkpoint_every_minutes")) {
      base.set("checkpoint_every_minutes=" + DEFAULT_CHECKPOINT_MINUTES);
    }
    if (search.getHalving() != null) {
      if (isSet("cycles", base, space)) {
        throw new ConfigException(
            "`search.halving` sets `cycles`, but the file does so too. Keep one of the two.");
      }
      base.set("cycles=" + search.getHalving().schedule().getShares());
    }
  }

  private static void requireProblems(ConfigFile base, JsonNode space) {
    if (!isSet("val_path", base, space)) {
      throw new ConfigException(
          "A search compares candidates on the problems of `val_path`, but it is missing. Set it.");
    }
  }

  private static void requireStageSteps(ConfigFile base, JsonNode space) {
    if (!isSet("stage_steps", base, space)) {
      throw new ConfigException(
          "`search.halving` shortens every stage alike, which epochs cannot be, but `stage_steps`"
              + " is missing. Set it instead of `epochs_per_stage`.");
    }
  }

  private static boolean isSet(String key, ConfigFile base, JsonNode space) {
    return has(base, key) || (space != null && space.has(key));
  }

  private static boolean has(ConfigFile base, String key) {
    JsonNode value = base.values().get(key);
    return value != null && !value.isNull();
  }
}
