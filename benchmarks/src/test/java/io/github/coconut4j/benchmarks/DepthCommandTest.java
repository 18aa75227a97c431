package io.github.coconut4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What is measured of a model's search, on the one that the repository ships. */
class DepthCommandTest {

  private static final String MODEL = "../models/prosqa-coconut";

  @TempDir private Path directory;

  private String run(Object command, String... arguments) {
    StringWriter output = new StringWriter();
    PrintWriter writer = new PrintWriter(output, true);
    int status =
        new CommandLine(command)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(writer)
            .setErr(writer)
            .execute(arguments);
    assertThat(status).as(output.toString()).isZero();
    return output.toString();
  }

  @Test
  void asManyThoughtsAsStepsAreNeeded() throws Exception {
    String out = directory.toString();
    String printed =
        run(
            new DepthCommand(),
            ("--model " + MODEL + " --names 12,20 --steps 6,7 --thoughts 6,7 --seeds 301")
                .concat(" --problems 20 --out " + out)
                .split(" "));

    assertThat(printed).containsSubsequence("20 names", "| 6 | ", "| 7 | ").contains(" to ");
    var lines = Files.readAllLines(directory.resolve("depth.jsonl"));
    assertThat(lines).hasSize(4).allMatch(line -> line.startsWith("{\"nodes\":20,"));
    assertThat(correct(lines.get(3))).isGreaterThan(17).isGreaterThan(correct(lines.get(2)));
    assertThat(directory.resolve("accuracy-by-steps.svg")).isNotEmptyFile();
  }

  private static int correct(String line) {
    return Integer.parseInt(line.replaceAll(".*\"correct\":(\\d+).*", "$1"));
  }

  @Test
  void stoppingSavesThoughts() {
    String printed =
        run(
            new HaltingCommand(),
            ("--model " + MODEL + " --halt confidence --data prosqa-balanced:20:5 --rounds 1")
                .concat(" --warm-up 0 --out " + directory)
                .split(" "));

    assertThat(printed).contains("| 3 | ", "\"saved_of_needless\":0.", "\"time_ratio\":");
    assertThat(directory.resolve("halting.jsonl")).isNotEmptyFile();
    assertThat(directory.resolve("thoughts-by-steps.svg")).isNotEmptyFile();
  }
}
