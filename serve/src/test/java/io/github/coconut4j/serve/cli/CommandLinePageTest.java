package io.github.coconut4j.serve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/CommandLine.md lists what commands print as JSON, and options. */
class CommandLinePageTest {

  private static final Pattern NAME = Pattern.compile("`([a-z_-]+)[^`]*`");

  /** Rows of tables whose first cell names commands. */
  private static List<List<String>> rows(String from, String to) throws IOException {
    String page = Files.readString(Path.of("../docs/CommandLine.md"));
    assertThat(page).contains(from, to);
    return page.substring(page.indexOf(from), page.indexOf(to))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
        .toList();
  }

  private static List<String> names(String cell) {
    return NAME.matcher(cell).results().map((MatchResult name) -> name.group(1)).toList();
  }

  /** A command, then an option. */
  static List<List<String>> options() throws IOException {
    List<List<String>> options = new ArrayList<>();
    for (List<String> row : rows("## More options", "## Environment variables")) {
      for (String command : names(row.get(1))) {
        names(row.get(2)).forEach(option -> options.add(List.of(command, option)));
      }
    }
    return options;
  }

  private static String help(String command) {
    CommandLineRun help = CommandLineRun.of(command, "--help");
    assertThat(help.status()).as(help.errors()).isZero();
    return help.output();
  }

  @ParameterizedTest
  @MethodSource("options")
  void namesOptionsThatThereAre(List<String> option) {
    assertThat(help(option.get(0))).containsPattern("(?m)^ *" + option.get(1) + "[ =\\n]");
  }

  @Test
  void namesTheCommandsWithJson() throws IOException {
    for (List<String> row : rows("| command | an object per", "`generate-data`, `convert`")) {
      assertThat(help(names(row.get(1)).get(0))).contains("--json");
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void namesInHelpWhatAValueIsAndItsDefaultOnce(String command) {
    assertThat(help(command))
        .doesNotContainPattern("=<\\w+>") // a field's name
        .doesNotContain("Default: []")
        .doesNotContainPattern("\\(default[^)]*\\)\\.\\s+Default:");
  }

  static List<String> commands() {
    return Pattern.compile("(?m)^  ([a-z][a-z-]+) ")
        .matcher(CommandLineRun.of("--help").output().split("Commands:", 2)[1])
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  @Test
  void namesEveryChoiceInHelp() {
    assertThat(help("evaluate")).contains(lowerCase(Halt.values()));
    assertThat(help("evaluate")).contains(lowerCase(LatentLoops.values()));
    assertThat(help("evaluate")).contains(lowerCase(Precision.values()));
    assertThat(help("bench")).contains(lowerCase(Precision.values()));
  }

  private static List<String> lowerCase(Enum<?>... values) {
    return Stream.of(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  @Test
  void showsNoDefaultOfARequiredOption() {
    assertThat(help("generate-data"))
        .containsPattern("--count=N +Number of problems\\.\\n +--")
        .containsPattern("--seed=S +Random seed\\.\\n +-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluate", "generate", "bench", "parity"})
  void hasTheKeysOfALine(String command) throws IOException {
    List<String> row =
        rows("| command | an object per", "`generate-data`, `convert`").stream()
            .filter(cells -> cells.get(1).equals("`" + command + "`"))
            .findFirst()
            .orElseThrow();
    CommandLineRun run = CommandLineRun.of(arguments(command));

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(new JsonMapper().readTree(run.output()).fieldNames())
        .toIterable()
        .containsExactlyElementsOf(names(row.get(3)));
  }

  private static String[] arguments(String command) {
    String options =
        switch (command) {
          case "bench" -> "--shape tiny --steps 1 --rows 2";
          case "parity" -> "--fixture ../samediff-model/src/test/resources/fixtures/tiny-gpt2-a";
          default -> "--model ../models/prosqa-coconut --data prosqa:1:1";
        };
    return (command + " " + options + " --json").split(" ");
  }
}
