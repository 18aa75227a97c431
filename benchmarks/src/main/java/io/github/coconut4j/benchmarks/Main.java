package io.github.coconut4j.benchmarks;

import io.github.coconut4j.cli.ProcessSettings;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The measurements that are not JMH's. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    showDefaultValues = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CostCurvesCommand.class,
      DepthCommand.class,
      DropoutCommand.class,
      ExecutedTypesCommand.class,
      HaltingCommand.class,
      LargeModelCommand.class,
      MethodsCommand.class,
      ProductsCommand.class,
      ServingCommand.class
    })
public final class Main {

  private static final int FAILED = 1;
  private static final int WRONG_INPUT = 2;

  private Main() {}

  /** Runs a command and exits with its status: 0 done, 1 ran and failed, 2 wrong input. */
  public static void main(String[] args) {
    ProcessSettings.apply();
    PrintWriter output = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    // Standard output belongs to the results; ND4J prints there while it differentiates a graph.
    System.setOut(System.err);
    CommandLine commandLine =
        new CommandLine(new Main())
            .setOut(output)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler((error, command, parsed) -> failed(error, command));
    System.exit(commandLine.execute(args.length == 0 ? new String[] {"--help"} : args));
  }

  private static int failed(Exception error, CommandLine command) {
    if (error instanceof IllegalArgumentException) {
      command.getErr().println(error.getMessage());
      return WRONG_INPUT;
    }
    error.printStackTrace(command.getErr());
    return FAILED;
  }
}
