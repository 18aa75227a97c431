package io.github.coconut4j.tuning;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.tuning.SearchConfig.Generator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lombok.RequiredArgsConstructor;

/** Checks the ranges of {@link SearchConfig}'s values, and their dependencies. */
@RequiredArgsConstructor
final class SearchCheck {

  private static final Pattern MEMORY = Pattern.compile("([1-9]\\d*)([kKmMgG])");

  /** Smallest heap that a Java VM starts with, in MiB. */
  private static final double LEAST_HEAP = 16;

  private static final double MOST_HEAP = 1 << 26;

  /** Each candidate is a process. */
  private static final int MOST_PARALLEL = 1024;

  /** All candidates are proposed at the start. */
  private static final int MOST_HALVED = 100_000;

  private final SearchConfig config;

  void run() {
    chosen("generator", config.getGenerator(), "random, grid or genetic");
    chosen("score", config.getScore(), "accuracy, accuracy_per_token or loss");
    atLeast("candidates", config.getCandidates(), 1);
    atLeast("patience", config.getPatience(), 1);
    atLeast("parallel", config.getParallel(), 1);
    atMost("parallel", config.getParallel(), MOST_PARALLEL);
    atLeast("grid_points", config.getGridPoints(), 2);
    minutes("minutes", config.getMinutes());
    minutes("candidate_minutes", config.getCandidateMinutes());
    if (config.getMemory() != null && !isHeap(config.getMemory())) {
      throw ConfigException.of(
          "search.memory",
          "a size such as 512m or 2g, at least 16m,",
          config.getMemory(),
          "Change it.");
    }
    if (!(config.getTokenPrice() >= 0) || Double.isInfinite(config.getTokenPrice())) {
      throw ConfigException.of(
          "search.token_price",
          "a finite number of at least 0",
          config.getTokenPrice(),
          "Change it.");
    }
    checkEnd();
    if (config.getHalving() != null) {
      checkHalving();
    }
  }

  private void checkEnd() {
    boolean ends =
        config.getGenerator() == Generator.GRID
            || config.getCandidates() != null
            || config.getMinutes() != null
            || config.getPatience() != null;
    if (!ends) {
      throw new ConfigException(
          "A search needs an end, but `search` has neither `candidates` nor `minutes` nor"
              + " `patience`. Set, say, `candidates: 12`.");
    }
  }

  private void checkHalving() {
    config.getHalving().schedule();
    atMost("candidates", config.getCandidates(), MOST_HALVED);
    if (config.getGenerator() == Generator.GENETIC) {
      throw new ConfigException(
          "`search.halving` compares candidates that are all proposed at the start, but `generator:"
              + " genetic` proposes by the results. Use `random` or `grid`, or leave halving out.");
    }
    if (config.getGenerator() != Generator.GRID && config.getCandidates() == null) {
      throw new ConfigException(
          "`search.halving` needs the number of candidates it begins with, but"
              + " `search.candidates` is missing. Set it.");
    }
    if (config.getPatience() != null) {
      throw new ConfigException(
          "`search.patience` counts candidates one after the other, but `search.halving` compares"
              + " all at once. Keep one of the two.");
    }
  }

  private static boolean isHeap(String size) {
    Matcher matcher = MEMORY.matcher(size);
    if (!matcher.matches()) {
      return false;
    }
    int unit = "kmg".indexOf(matcher.group(2).toLowerCase(Locale.ROOT)) + 1;
    double mebibytes = Double.parseDouble(matcher.group(1)) * Math.pow(1024, unit - 2);
    return mebibytes >= LEAST_HEAP && mebibytes <= MOST_HEAP;
  }

  private static void chosen(String key, Enum<?> value, String choices) {
    if (value == null) {
      throw ConfigException.of(
          "search." + key, choices, "null", "Choose one, or leave the key out.");
    }
  }

  private static void atMost(String key, Integer value, int most) {
    if (value != null && value > most) {
      throw ConfigException.of(
          "search." + key, "a whole number of at most " + most, value, "Lower it.");
    }
  }

  private static void atLeast(String key, Integer value, int least) {
    if (value != null && value < least) {
      throw ConfigException.of(
          "search." + key, "a whole number of at least " + least, value, "Change it.");
    }
  }

  private static void minutes(String key, Double value) {
    if (value != null && !(value > 0 && value <= Integer.MAX_VALUE)) {
      throw ConfigException.of(
          "search." + key, "a number of minutes above 0", value, "Leave it out for no limit.");
    }
  }
}
