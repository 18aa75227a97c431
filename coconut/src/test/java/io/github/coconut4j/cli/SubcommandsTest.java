package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SubcommandsTest {

  private static final List<String> NAMES =
      List.of(
          "quickstart",
          "generate-data",
          "train",
          "race",
          "evaluate",
          "generate",
          "analyze",
          "audit",
          "convert",
          "average",
          "report",
          "parity",
          "bench");

  private static CommandLine commandLine(String... arguments) {
    CommandLine commandLine = new CommandLine(Main.class);
    Subcommands.addTo(commandLine, arguments);
    return commandLine;
  }

  @Test
  void theListIsTheSameWithAndWithoutTheirOptions() {
    String listed = commandLine("--help").getUsageMessage();
    assertThat(listed).isEqualTo(commandLine("--verbose", "--help").getUsageMessage());
    assertThat(listed).contains(NAMES);
  }

  @Test
  void onlyTheCommandThatIsCalledIsRead() {
    for (String name : NAMES) {
      CommandLine command = commandLine(name, "--help");
      assertThat(command.getSubcommands()).containsOnlyKeys(name);
      assertThat(command.getSubcommands().get(name).getUsageMessage())
          .isEqualTo(commandLine("--verbose").getSubcommands().get(name).getUsageMessage())
          .contains("--verbose", "--help");
    }
  }

  @Test
  void aNameThatIsMisspeltGetsSuggestionsFromAll() {
    assertThat(commandLine("evalute").getSubcommands().keySet()).containsAll(NAMES);
    assertThat(CommandLineRun.of("evalute").errors()).contains("Did you mean", "evaluate");
  }
}
