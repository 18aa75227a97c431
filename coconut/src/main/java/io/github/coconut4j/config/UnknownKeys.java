package io.github.coconut4j.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/** Keys that nothing reads, collected so that one message names all of them. */
public final class UnknownKeys {

  /** Keys below this Jaro-Winkler similarity are not suggested. */
  private static final double SIMILAR = 0.75;

  private final List<String> problems = new ArrayList<>();
  private final Set<String> listed = new HashSet<>();

  /**
   * Adds a key.
   *
   * @param prefix prefix of the key in errors: empty, or a section and a dot
   * @param owner name of the object that lacks the key
   * @param known the keys that the owner has
   */
  void add(String prefix, String key, String owner, Collection<String> known) {
    String problem = "`" + prefix + key + "` is no key of " + owner + ". ";
    problems.add(problem + nearest(key, known).orElseGet(() -> remedy(owner, known)));
  }

  private static Optional<String> nearest(String key, Collection<String> known) {
    JaroWinklerSimilarity similarity = new JaroWinklerSimilarity();
    return known.stream()
        .max(Comparator.comparingDouble(candidate -> similarity.apply(candidate, key)))
        .filter(candidate -> similarity.apply(candidate, key) >= SIMILAR)
        .map(candidate -> "Did you mean `" + candidate + "`?");
  }

  private String remedy(String owner, Collection<String> known) {
    return listed.add(owner)
        ? "Remove it; known keys are " + String.join(", ", new TreeSet<>(known)) + "."
        : "Remove it.";
  }

  /**
   * Throws if any key was added.
   *
   * @throws ConfigException naming each key and, if there is one, the similar known key
   */
  public void refuse() {
    if (!problems.isEmpty()) {
      throw new ConfigException(String.join(" ", problems));
    }
  }
}
