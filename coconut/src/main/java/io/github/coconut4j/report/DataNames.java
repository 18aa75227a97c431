package io.github.coconut4j.report;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/** Short names of sources of problems, for legends and headings. */
final class DataNames {

  private DataNames() {}

  /** A file's name, or a generator without its arguments; numbered where two would be the same. */
  static List<String> of(List<String> sources) {
    List<String> names = new ArrayList<>();
    for (String source : sources) {
      String name = shortened(source);
      long before =
          sources.subList(0, names.size()).stream()
              .map(DataNames::shortened)
              .filter(name::equals)
              .count();
      names.add(before == 0 ? name : name + " (" + (before + 1) + ")");
    }
    return names;
  }

  private static String shortened(String source) {
    if (source.matches("[a-z-]+:\\d.*")) { // as ProblemSource tells a generator from a file
      return source.substring(0, source.indexOf(':'));
    }
    int folders = Math.max(source.lastIndexOf('/'), source.lastIndexOf(File.separatorChar)) + 1;
    return source.substring(folders).replaceFirst("\\.json$", "");
  }
}
