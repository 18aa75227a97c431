package io.github.coconut4j.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code coconut4j COMMAND}: chains of continuous thought from the command line. */
@Command(
    name = "coconut4j",
    description = "Train and run transformers that reason in continuous thoughts (Coconut).",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    showDefaultValues = true,
    usageHelpAutoWidth = true)
public final class Main {

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  boolean verbose;

  Main() {}

  /** Runs a command and exits with its status. */
  public static void main(String[] args) {
    ProcessSettings.apply();
    PrintStream output = System.out;
    System.setOut(new LibraryOutput(System.err));
    PrintWriter errors = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Optional<String> lost =
        ArgumentEncoding.ofThisProcess().problem(System.getProperty("user.dir"), args);
    lost.ifPresent(problem -> ErrorMessages.print(errors, problem));
    StopOnSignal.exit(
        lost.isPresent()
            ? CommandLine.ExitCode.USAGE
            : run(args, new PrintWriter(output, true, StandardCharsets.UTF_8), errors));
  }

  /**
   * Runs a command in this process.
   *
   * @param output receives what the command prints
   * @param errors receives usage and error messages
   * @return the exit status: 0 success, 1 failure, 2 invalid options or input
   */
  public static int run(String[] args, PrintWriter output, PrintWriter errors) {
    Main main = new Main();
    String[] called = args.length == 0 ? new String[] {"--help"} : args;
    CommandLine commandLine = new CommandLine(main);
    CommandExecution execution = new CommandExecution(main);
    Subcommands.addTo(commandLine, called);
    int status =
        commandLine
            .setOut(output)
            .setErr(errors)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExpandAtFiles(false) // a question or a path may begin with @
            .setPosixClusteredShortOptionsAllowed(false) // or with -h
            .setExecutionStrategy(execution)
            .setParameterExceptionHandler(execution)
            .setExecutionExceptionHandler(execution)
            .execute(called);
    return output.checkError() ? ErrorMessages.outputLost(status, errors) : status;
  }
}
