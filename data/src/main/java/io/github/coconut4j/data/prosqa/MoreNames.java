package io.github.coconut4j.data.prosqa;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Names in addition to the published ones. Concepts consist of a beginning and an ending; like the
 * published ones they end in {@code pus} and do not contain it elsewhere, so that none is a prefix
 * of another.
 */
final class MoreNames {

  private static final List<String> BEGINNINGS =
      List.of(
          "b", "bl", "d", "dr", "fl", "fr", "gl", "h", "kl", "m", "n", "pl", "pr", "sk", "sn", "v");

  private static final List<String> RHYMES =
      List.of("empus", "arpus", "irpus", "urpus", "alpus", "ilpus", "olpus", "ulpus");

  private static final List<String> PEOPLE =
      List.of(
          "Agnes", "Amber", "Boris", "Clara", "Dennis", "Edgar", "Ellen", "Felix", "Flora", "Fred",
          "Greta", "Hanna", "Henry", "Hugo", "Igor", "Irene", "Jonas", "Judith", "Karin", "Kevin",
          "Laura", "Linda", "Lukas", "Martin", "Mona", "Nadia", "Nora", "Oscar", "Otto", "Paula",
          "Peter", "Quentin", "Rita", "Ruth", "Selma", "Simon", "Tessa", "Theo", "Ursula", "Vera",
          "Victor", "Wanda", "Willy", "Xenia", "Yvonne", "Zelda", "Zoe");

  private MoreNames() {}

  static List<String> people() {
    return PEOPLE;
  }

  static List<String> concepts() {
    List<String> names = new ArrayList<>();
    for (String rhyme : RHYMES) {
      for (String beginning : BEGINNINGS) {
        names.add(beginning + rhyme);
      }
    }
    return names;
  }

  /** A list followed by the new elements of another. */
  static List<String> after(List<String> first, List<String> more) {
    Set<String> names = new LinkedHashSet<>(first);
    names.addAll(more);
    return List.copyOf(names);
  }
}
