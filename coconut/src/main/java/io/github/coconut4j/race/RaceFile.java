package io.github.coconut4j.race;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.SettingsBinder;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.config.UnknownKeys;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lombok.Value;

/**
 * A training configuration with the section {@code race}: the methods to train, their own settings,
 * and the seeds.
 *
 * <pre>
 * race:
 *   methods: [coconut, cot, {name: codi, set: {stage_steps: [2600]}}]
 *   seeds: [1]
 *   seeds_of: {coconut: [1, 2, 3]}
 * </pre>
 */
@Value
public class RaceFile {

  private static final String QUICKSTART = "recipes/quickstart.yaml";

  /** The line of that recipe that a given seed replaces. */
  private static final String QUICKSTART_SEEDS = "seeds: [1]";

  private static final SettingsBinder SECTION = SettingsBinder.ofSection("race", Set.of());

  /** The file as it was read. */
  String text;

  /** The runs, in the file's order. */
  List<RaceEntry> entries;

  /** The default output directory: {@code save_path/name}. */
  Path defaultDirectory;

  /**
   * The quickstart's recipe, which is part of the library.
   *
   * @param seed seed of the runs, or null for the recipe's
   */
  public static RaceFile quickstart(Long seed) throws IOException {
    try (InputStream stream = RaceFile.class.getResourceAsStream("/" + QUICKSTART)) {
      String yaml = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      String seeded = seed == null ? yaml : yaml.replace(QUICKSTART_SEEDS, "seeds: [" + seed + "]");
      return parse(QUICKSTART, seeded);
    }
  }

  /**
   * Reads a file.
   *
   * @throws ConfigException if it has no section {@code race} or a value is invalid
   * @throws IOException if it cannot be read
   */
  public static RaceFile read(Path file) throws IOException {
    Arguments.requireNonNull(file, "file", "Name the YAML file.");
    return parse(file.toString(), ConfigFile.text(file));
  }

  /**
   * Reads YAML text.
   *
   * @param source name of the text in errors
   * @throws ConfigException as {@link #read} does
   */
  public static RaceFile parse(String source, String yaml) {
    return of(source, yaml, ConfigFile.parse(source, yaml));
  }

  private static RaceFile of(String source, String text, ConfigFile base) {
    try {
      ObjectNode section = base.takeSection("race", "race: {methods: [coconut, cot], seeds: [1]}");
      UnknownKeys unknown = new UnknownKeys();
      ConfigFile.collectUnknown("", base.values().keySet(), unknown);
      SECTION.collectUnknown(section, RaceSettings.class, unknown);
      unknown.refuse();
      RaceSettings race = SECTION.bind(section, RaceSettings.class);
      return new RaceFile(text, entries(base, race), base.defaultDirectory("race"));
    } catch (ConfigException e) {
      throw e.in(source);
    }
  }

  /** Whether another file has the same runs, except for the seeds' values. */
  boolean differsOnlyInSeeds(RaceFile other) {
    return withoutSeeds().equals(other.withoutSeeds());
  }

  private List<RaceEntry> withoutSeeds() {
    return entries.stream()
        .map(entry -> entry.withConfig(entry.getConfig().toBuilder().seed(0).build()))
        .toList();
  }

  private static List<RaceEntry> entries(ConfigFile base, RaceSettings race) {
    Set<String> names = new LinkedHashSet<>();
    List<RaceEntry> entries = new ArrayList<>();
    for (JsonNode node : race.getMethods()) {
      RaceMethod method = RaceMethod.of(node);
      if (!names.add(method.getName())) {
        throw ConfigException.of(
            "race.methods",
            "names that differ",
            method.getName() + " twice",
            "Name one of them otherwise, say `{name: simcot-on-codi, set: {method: simcot,"
                + " simcot_on: codi}}`.");
      }
      List<Long> seeds = race.seedsOf(method.getName());
      for (long seed : seeds) {
        RaceEntry entry = method.entry(base, seed, seed == seeds.get(0));
        requireScores(entry.getConfig());
        entries.add(entry);
      }
    }
    requireKnown(names, race.getSeedsOf().keySet());
    requireOwnDirectories(entries);
    return List.copyOf(entries);
  }

  private static void requireKnown(Set<String> names, Set<String> withSeeds) {
    for (String name : withSeeds) {
      if (!names.contains(name)) {
        throw ConfigException.of(
            "race.seeds_of", "names of `race.methods`", name, "Correct or remove it.");
      }
    }
  }

  private static void requireScores(TrainingConfig config) {
    if (config.getValPath() == null) {
      throw new ConfigException(
          "A race compares methods on the problems of `val_path`, but it is missing. Set it.");
    }
    if (config.isOnlyEval()) {
      throw ConfigException.of("only_eval", "false in a race", true, "Remove it.");
    }
  }

  private static void requireOwnDirectories(List<RaceEntry> entries) {
    Set<String> directories = new HashSet<>();
    for (RaceEntry entry : entries) {
      if (!directories.add(entry.getDirectory().toLowerCase(Locale.ROOT))) {
        throw ConfigException.of(
            "race.methods",
            "names that give every run a directory of its own",
            entry.getDirectory() + " twice",
            "Name one of the methods otherwise.");
      }
    }
  }
}
