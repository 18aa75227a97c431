package io.github.coconut4j.report;

import io.github.coconut4j.problems.SourceParser;
import java.util.ArrayList;
import java.util.List;

/** Short names of sources of problems, for legends and headings. */
final class DataNames {

  private DataNames() {}

  /** A file's name, or a generator without its arguments; numbered if two would be the same. */
  static List<String> of(List<String> sources) {
    List<String> names = new ArrayList<>();
    for (String source : sources) {
      String name = SourceParser.shortened(source);
      long before =
          sources.subList(0, names.size()).stream()
              .map(SourceParser::shortened)
              .filter(name::equals)
              .count();
      names.add(before == 0 ? name : name + " (" + (before + 1) + ")");
    }
    return names;
  }
}
