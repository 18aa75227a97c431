package io.github.coconut4j.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
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
    usageHelpAutoWidth = true,
    subcommands = {
      QuickstartCommand.class,
      GenerateDataCommand.class,
      TrainCommand.class,
      RaceCommand.class,
      EvaluateCommand.class,
      GenerateCommand.class,
      AnalyzeCommand.class,
      AuditCommand.class,
      ConvertCommand.class,
      ReportCommand.class,
      ParityCommand.class,
      BenchCommand.class
    })
public final class Main {

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  boolean verbose;

  private Main() {}

  /** Runs a command and exits with its status. */
  public static void main(String[] args) {
    ProcessSettings.apply();
    PrintStream output = System.out;
    System.setOut(new LibraryOutput(System.err));
    PrintWriter errors = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    Optional<String> lost =
        ArgumentEncoding.ofThisProcess().problem(System.getProperty("user.dir"), args);
    lost.ifPresent(problem -> errors.println("coconut4j: " + problem));
    System.exit(
        lost.isPresent()
            ? CommandLine.ExitCode.USAGE
            : run(args, new PrintWriter(output, true, StandardCharsets.UTF_8), errors));
  }

  /**
   * Runs a command in this process.
   *
   * @param output receives what the command prints
   * @param errors receives usage and error messages
   * @return the exit status: 0 done, 1 ran and failed, 2 wrong options or input
   */
  public static int run(String[] args, PrintWriter output, PrintWriter errors) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    ServiceLoader.load(AddedCommand.class).forEach(commandLine::addSubcommand);
    int status =
        commandLine
            .setOut(output)
            .setErr(errors)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExpandAtFiles(false) // a question or a path may begin with @
            .setPosixClusteredShortOptionsAllowed(false) // or with -h
            .setExecutionStrategy(Main::execute)
            .setParameterExceptionHandler(ErrorMessages::wrongOptions)
            .setExecutionExceptionHandler(
                (error, command, parsed) -> ErrorMessages.failed(error, command, main.verbose))
            .execute(args.length == 0 ? new String[] {"--help"} : args);
    return output.checkError() ? ErrorMessages.outputLost(status, errors) : status;
  }

  private static int execute(ParseResult parsed) {
    Integer help = CommandLine.executeHelpRequest(parsed);
    if (help != null) {
      return help;
    }
    if (CudaBackend.isChosen()) {
      CudaBackend.ofThisMachine()
          .problem()
          .ifPresent(
              problem -> {
                throw new ExecutionException(
                    parsed.commandSpec().commandLine(),
                    problem,
                    new IllegalStateException(problem));
              });
    }
    return new RunLast().execute(parsed);
  }
}
