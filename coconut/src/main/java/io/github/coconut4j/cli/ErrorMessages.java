package io.github.coconut4j.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Prints one message on standard error instead of a stack trace, and determines the exit status.
 */
final class ErrorMessages {

  private static final int FAILED = 1;
  private static final int WRONG_INPUT = 2;

  private ErrorMessages() {}

  static int wrongOptions(ParameterException error) {
    CommandLine command = error.getCommandLine();
    PrintWriter errors = command.getErr();
    print(errors, error.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(error, errors)) {
      errors.println("See " + command.getCommandSpec().qualifiedName() + " --help.");
    }
    return WRONG_INPUT;
  }

  static int failed(Exception error, CommandLine command, boolean verbose) {
    PrintWriter errors = command.getErr();
    Exception cause = withoutWrapper(error);
    print(errors, message(cause));
    if (verbose) {
      error.printStackTrace(errors);
    }
    return isWrongInput(cause) ? WRONG_INPUT : FAILED;
  }

  /** Prints a message as one line. */
  static void print(PrintWriter errors, String message) {
    errors.println("coconut4j: " + oneLine(message));
  }

  /**
   * A message whose characters neither end its line nor control a terminal, whatever it quotes of
   * arguments and files: such characters are written as in Java.
   */
  private static String oneLine(String message) {
    return message
        .codePoints()
        .mapToObj(
            character ->
                switch (character) {
                  case '\n' -> "\\n";
                  case '\r' -> "\\r";
                  case '\t' -> "\\t";
                  default ->
                      isShown(character)
                          ? Character.toString(character)
                          : String.format(Locale.ROOT, "\\u%04x", character);
                })
        .collect(Collectors.joining());
  }

  private static boolean isShown(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      default -> !isDirection(character);
    };
  }

  /** Whether a character changes the order in which the following ones are shown. */
  private static boolean isDirection(int character) {
    return switch (Character.getDirectionality(character)) {
      case Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING,
          Character.DIRECTIONALITY_LEFT_TO_RIGHT_OVERRIDE,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_EMBEDDING,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_OVERRIDE,
          Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT,
          Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_ISOLATE,
          Character.DIRECTIONALITY_FIRST_STRONG_ISOLATE,
          Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE ->
          true;
      default -> false;
    };
  }

  /** An exception that only wraps another says nothing itself. */
  private static Exception withoutWrapper(Exception error) {
    return error instanceof UncheckedIOException unchecked
            && unchecked.getCause().toString().equals(unchecked.getMessage())
        ? unchecked.getCause()
        : error;
  }

  /**
   * Whether another argument or input would help. The system's own errors have no class of their
   * own: a full or broken disk is an {@link IOException} or a {@link FileSystemException}.
   */
  private static boolean isWrongInput(Exception error) {
    return error instanceof IllegalArgumentException
        || (error instanceof IOException
            && error.getClass() != IOException.class
            && error.getClass() != FileSystemException.class);
  }

  /**
   * Checks for lost output: writers hide their errors, so a command would seem to have succeeded.
   */
  static int outputLost(int status, PrintWriter errors) {
    errors.println(
        "coconut4j: Standard output could not be written to its end: its reader has closed it, or"
            + " the disk is full. Write to another place.");
    return status == 0 ? FAILED : status;
  }

  private static String message(Exception error) {
    if (error instanceof FileSystemException fileError) {
      return message(fileError);
    }
    if (error instanceof InvalidPathException path) {
      return "The path "
          + path.getInput()
          + " cannot be used: "
          + path.getReason()
          + ". Correct it; names outside ASCII need a locale of UTF-8, such as LC_ALL=C.UTF-8.";
    }
    String message = error.getMessage();
    if (message != null
        && (error instanceof IllegalArgumentException
            || error instanceof FileNotFoundException
            || message.endsWith("."))) {
      return message;
    }
    if (error.getClass() == IOException.class) {
      return "Reading or writing failed: "
          + message
          + ". Check the disks and the space left on them.";
    }
    return error + " (--verbose shows where it happened)";
  }

  private static String message(FileSystemException error) {
    return error.getFile()
        + " cannot be used: "
        + reason(error)
        + ". Check the path, its permissions and the space left.";
  }

  private static String reason(FileSystemException error) {
    if (error instanceof NoSuchFileException) {
      return "it does not exist";
    }
    if (error instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (error instanceof FileAlreadyExistsException || error instanceof NotDirectoryException) {
      return "it is a file where a directory is needed";
    }
    return error.getReason() == null ? error.toString() : error.getReason();
  }
}
