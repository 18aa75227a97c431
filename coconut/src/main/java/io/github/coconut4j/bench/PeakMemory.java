package io.github.coconut4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This process's memory, as reported by Linux. */
public final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";

  private PeakMemory() {}

  /** Largest resident set so far in MiB, or null on other systems. */
  public static Long mebibytes() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return null;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(PEAK))
        .map(line -> Long.parseLong(line.replaceAll("\\D+", "")) / 1024)
        .findFirst()
        .orElse(null);
  }
}
