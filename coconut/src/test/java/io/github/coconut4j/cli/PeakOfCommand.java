package io.github.coconut4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs a command in a process of its own and prints the peak of its resident memory in KiB. */
final class PeakOfCommand {

  private PeakOfCommand() {}

  public static void main(String[] arguments) throws IOException {
    PrintWriter errors = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = Main.run(arguments, errors, errors);
    String peak =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM:"))
            .findFirst()
            .orElseThrow();
    System.out.println(peak.replaceAll("\\D+", ""));
    System.exit(status);
  }
}
