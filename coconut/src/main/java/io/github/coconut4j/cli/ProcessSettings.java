package io.github.coconut4j.cli;

import static java.util.Map.entry;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Settings that a command-line process applies first: output does not depend on the locale, and
 * logs go to standard error.
 */
public final class ProcessSettings {

  private static final String LOGGER = "org.slf4j.simpleLogger.";

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          entry("java.awt.headless", "true"),
          entry("org.bytedeco.javacpp.logger", "slf4j"),
          entry(LOGGER + "defaultLogLevel", "warn"),
          entry(LOGGER + "showThreadName", "false"),
          entry(LOGGER + "showShortLogName", "true"),
          entry(LOGGER + "log.io.github.coconut4j", "info"),
          // JavaCPP warns about versions that are combined on purpose, ND4J about its own
          // duplicates, and the tokenizers' library about a CUDA runtime without a driver, which it
          // does not need.
          entry(LOGGER + "log.org.bytedeco", "error"),
          entry(LOGGER + "log.org.nd4j.imports", "error"),
          entry(LOGGER + "log.ai.djl", "error"),
          // A candidate whose values do not fit together is reported as failed; a server that
          // cannot start reports this itself.
          entry(LOGGER + "log.org.deeplearning4j.arbiter", "error"),
          entry(LOGGER + "log.io.javalin", "off"));

  private ProcessSettings() {}

  /** Java options for a process whose first class logs before it can call {@link #apply}. */
  public static List<String> javaOptions() {
    return PROPERTIES.entrySet().stream()
        .map(property -> "-D" + property.getKey() + "=" + property.getValue())
        .sorted()
        .toList();
  }

  /** Sets logging, the locale of numbers and dates, and UTF-8 on both standard streams. */
  public static void apply() {
    PROPERTIES.forEach(System::setProperty);
    Locale.setDefault(Locale.ROOT);
    System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(System.err, true, StandardCharsets.UTF_8));
  }
}
