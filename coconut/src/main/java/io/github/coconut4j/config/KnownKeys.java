package io.github.coconut4j.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/** The keys that a training configuration may have. */
final class KnownKeys {

  /** Below this Jaro-Winkler similarity two keys have nothing to do with each other. */
  private static final double SIMILAR = 0.75;

  private static final Set<String> ALL = all();

  private KnownKeys() {}

  /**
   * Refuses a key that is not known.
   *
   * @throws ConfigException naming the key and, where there is one, the key that was meant
   */
  static void check(Collection<String> keys) {
    for (String key : keys) {
      if (!ALL.contains(key)) {
        throw new ConfigException(
            "`" + key + "` is no key of a training configuration. " + remedy(key));
      }
    }
  }

  private static String remedy(String key) {
    return nearest(key)
        .map(known -> "Did you mean `" + known + "`?")
        .orElse("Remove it; known keys are " + String.join(", ", ALL) + ".");
  }

  static Optional<String> nearest(String key) {
    JaroWinklerSimilarity similarity = new JaroWinklerSimilarity();
    return ALL.stream()
        .max(Comparator.comparingDouble(known -> similarity.apply(known, key)))
        .filter(known -> similarity.apply(known, key) >= SIMILAR);
  }

  private static Set<String> all() {
    var snakeCase = new PropertyNamingStrategies.SnakeCaseStrategy();
    Set<String> keys = new TreeSet<>(ReferenceKeys.NAMES);
    Arrays.stream(TrainingConfig.class.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
        .map(Field::getName)
        .map(snakeCase::translate)
        .forEach(keys::add);
    return keys;
  }
}
