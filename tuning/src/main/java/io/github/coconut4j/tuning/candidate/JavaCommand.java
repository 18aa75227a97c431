package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.cli.ProcessSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lombok.Builder;
import lombok.Value;

/** Starts another Java process with this one's options and a share of the memory. */
@Value
@Builder
public class JavaCommand {

  private static final String SHARE = "-XX:MaxRAMPercentage=";

  /**
   * Options only for this process: agents, debuggers and recordings, whose ports and files a second
   * process could not open or would overwrite.
   */
  private static final List<String> OWN =
      List.of(
          "-agent", // -agentlib, -agentpath
          "-javaagent",
          "-Xdebug",
          "-Xrun",
          "-Xlog",
          "-Xloggc",
          "-Dcom.sun.management",
          "-XX:+ManagementServer",
          "-XX:StartFlightRecording",
          "-XX:FlightRecorderOptions",
          "-XX:ArchiveClassesAtExit");

  /** Java also reads options from these variables; this process's options already include them. */
  private static final List<String> VARIABLES =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

  /** Share of the memory that the launcher gives to the heap, in percent. */
  private static final double DEFAULT_SHARE = 20;

  /** Number of processes that share the memory, at least 1. */
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
    line.addAll(ProcessSettings.javaOptions());
    line.add(memory == null ? share() : "-Xmx" + memory);
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(main.getName());
    line.addAll(List.of(arguments));
    return line;
  }

  /** Makes a process from a command line without starting it. */
  ProcessBuilder process(List<String> line) {
    ProcessBuilder process = new ProcessBuilder(line);
    process.environment().keySet().removeAll(VARIABLES);
    process.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE"); // as the launcher does
    return process;
  }

  private boolean isInherited(String option) {
    boolean heap = option.startsWith(SHARE) || (memory != null && option.startsWith("-Xmx"));
    return !heap && OWN.stream().noneMatch(option::startsWith);
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
