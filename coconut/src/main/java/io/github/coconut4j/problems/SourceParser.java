package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Parses the text of a {@link ProblemSource}: paths and names of generators. */
public final class SourceParser {

  private static final Pattern GENERATOR =
      Pattern.compile("(prosqa|prosqa-(?:balanced|deep|chains|stars|dag)|prontoqa):.*");

  private SourceParser() {}

  /**
   * The parts that {@code +} joins. An existing path that contains {@code +} is one part.
   *
   * @throws ConfigException if there is nothing between two of them
   */
  static List<String> parts(String value) {
    if (new File(value).exists()) {
      return List.of(value);
    }
    List<String> pieces = List.of(value.split("\\+", -1));
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < pieces.size(); ) {
      int to = pieces.size();
      while (to > from + 1 && !isFile(joined(pieces, from, to))) {
        to--;
      }
      parts.add(joined(pieces, from, to));
      from = to;
    }
    if (parts.stream().anyMatch(String::isBlank)) {
      throw new ConfigException(
          "Problems need the path of a file or a generator, and each + one on both sides, but are `"
              + value
              + "`. Name what is missing, or remove the +.");
    }
    return parts;
  }

  /** The files among the parts of a source, in order; none if all are generators. */
  public static List<Path> files(String value) {
    return parts(value).stream().filter(part -> !isGenerator(part)).map(Path::of).toList();
  }

  /**
   * The same source with its files at other paths.
   *
   * @param moved returns the new path of each file, which must be there when the result is parsed
   */
  public static String withFiles(String value, Function<Path, String> moved) {
    return parts(value).stream()
        .map(part -> isGenerator(part) ? part : moved.apply(Path.of(part)))
        .collect(Collectors.joining("+"));
  }

  private static String joined(List<String> pieces, int from, int to) {
    return String.join("+", pieces.subList(from, to));
  }

  /** A pipe counts as one too; a directory's name may be the beginning of a file's. */
  private static boolean isFile(String path) {
    File file = new File(path);
    return file.exists() && !file.isDirectory();
  }

  /** Whether a part names a generator and not a file. */
  static boolean isGenerator(String part) {
    return GENERATOR.matcher(part).matches() && !new File(part).exists();
  }

  /**
   * Rejects a part that looks like a generator but is neither one nor a file.
   *
   * @throws ConfigException naming the generators
   */
  static void requireNoUnknownGenerator(String part) {
    if (part.matches("[a-z-]+:\\d+:.*") && !new File(part).exists()) {
      throw new ConfigException(
          "Problems need the path of a file or a generator, prosqa:COUNT:SEED,"
              + " prosqa-balanced:COUNT:SEED, prosqa-deep, prosqa-chains, prosqa-stars, prosqa-dag"
              + " or prontoqa:COUNT:SEED, but `"
              + part
              + "` is neither. Check its spelling.");
    }
  }

  /** A file's name without {@code .json}, or a generator's without its arguments. */
  public static String shortened(String source) {
    Matcher generator = GENERATOR.matcher(source);
    if (generator.matches() && !new File(source).exists()) {
      return generator.group(1);
    }
    return new File(source).getName().replaceFirst("\\.json$", "");
  }
}
