package io.github.coconut4j.tuning.candidate;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;

/** Starts another Java as this one was started, with a share of the memory. */
@Value
@Builder
public class JavaCommand {

  private static final String SHARE = "-XX:MaxRAMPercentage=";

  /** Known before the first class is loaded, whose logger would be configured without them. */
  private static final List<String> PROPERTIES =
      List.of(
          "-Djava.awt.headless=true",
          "-Dlogback.configurationFile=io/github/coconut4j/cli/logback.xml");

  /** Share of the memory that the launcher gives to the heap, in percent. */
  private static final double DEFAULT_SHARE = 20;

  /** Processes that share the memory, at least 1. */
  @Builder.Default int processes = 1;

  /** Largest heap of a process such as {@code 2g}, or null for a share of the machine's memory. */
  String memory;

  /** The words of a command line. */
  List<String> line(Class<?> main, String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (isInherited(option)) {
        line.add(option);
      }
    }
    line.addAll(PROPERTIES);
    line.add(memory == null ? share() : "-Xmx" + memory);
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(main.getName());
    line.addAll(List.of(arguments));
    return line;
  }

  /** Agents and debuggers watch this process alone. */
  private boolean isInherited(String option) {
    boolean heap = option.startsWith(SHARE) || (memory != null && option.startsWith("-Xmx"));
    return !heap && !option.startsWith("-javaagent") && !option.startsWith("-agentlib");
  }

  private String share() {
    double whole =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith(SHARE))
            .mapToDouble(option -> Double.parseDouble(option.substring(SHARE.length())))
            .findFirst()
            .orElse(DEFAULT_SHARE);
    return String.format(Locale.ROOT, "%s%.2f", SHARE, whole / processes);
  }
}
