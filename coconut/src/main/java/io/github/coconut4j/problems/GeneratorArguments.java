package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Arguments of a generator such as {@code nodes=10,max_steps=2}. */
record GeneratorArguments(Map<String, Integer> values) {

  private static final List<String> KEYS =
      List.of("nodes", "min_steps", "max_steps", "people", "concepts", "max_facts");

  private static final Pattern VALUE = Pattern.compile("\\d{1,9}");

  static GeneratorArguments parse(String text) {
    Map<String, Integer> values = new TreeMap<>();
    if (text != null) {
      for (String argument : text.split(",", -1)) {
        int equals = argument.indexOf('=');
        String key = argument.substring(0, Math.max(0, equals));
        String value = argument.substring(equals + 1);
        if (!KEYS.contains(key) || !VALUE.matcher(value).matches()) {
          throw new ConfigException(
              "A generator's arguments need to be numbers such as nodes=10, of "
                  + String.join(", ", KEYS)
                  + ", but one is "
                  + argument
                  + ". Correct it.");
        }
        if (values.put(key, Integer.valueOf(value)) != null) {
          throw new ConfigException(
              "A generator's arguments need to be given once each, but "
                  + key
                  + " is given twice. Leave one out.");
        }
      }
    }
    return new GeneratorArguments(values);
  }

  /** The value of a key, or null if it is not given. */
  Integer get(String key) {
    return values.get(key);
  }

  /** Largest number of facts of a problem. */
  int maxFacts() {
    return values.getOrDefault("max_facts", Integer.MAX_VALUE);
  }

  /** The first names, as many as given; all if no number is given. */
  ProsQaNames names(ProsQaNames all) {
    return new ProsQaNames(first("people", all.getPeople()), first("concepts", all.getConcepts()));
  }

  private List<String> first(String key, List<String> names) {
    Integer requested = values.get(key);
    if (requested == null) {
      return names;
    }
    if (requested < 1 || requested > names.size()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "A generator's argument %s needs to be from 1 to %d but is %d. Correct it.",
              key,
              names.size(),
              requested));
    }
    return names.subList(0, requested);
  }
}
