package io.github.coconut4j.cli;

import lombok.RequiredArgsConstructor;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * Runs the parsed command and reports errors. It is a class, since lambdas cannot be stored in an
 * archive of classes and would double the start-up time.
 */
@RequiredArgsConstructor
final class CommandExecution
    implements IExecutionStrategy, IParameterExceptionHandler, IExecutionExceptionHandler {

  private final Main main;

  @Override
  public int execute(ParseResult parsed) {
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
    try {
      return new RunLast().execute(parsed);
    } catch (OutOfMemoryError e) { // for which picocli would print a stack trace
      throw new ExecutionException(
          parsed.commandSpec().commandLine(), "memory", new IllegalStateException(message(e), e));
    }
  }

  private static String message(OutOfMemoryError error) {
    String message = error.getMessage() == null ? "" : error.getMessage();
    return message.endsWith(".")
        ? message
        : "Memory ran out"
            + (message.isEmpty() ? "" : ": " + message)
            + ". Use smaller batches, or give the process more memory.";
  }

  @Override
  public int handleParseException(ParameterException error, String[] arguments) {
    return ErrorMessages.wrongOptions(error);
  }

  @Override
  public int handleExecutionException(
      Exception error, CommandLine commandLine, ParseResult parsed) {
    return ErrorMessages.failed(error, commandLine, main.verbose);
  }
}
