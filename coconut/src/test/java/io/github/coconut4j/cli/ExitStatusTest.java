package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.files.UnusablePathException;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import lombok.RequiredArgsConstructor;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** 2 for a wrong argument or input, 1 for a failure of what was right. */
class ExitStatusTest {

  private final StringWriter errors = new StringWriter();

  /** Fails. */
  @Command(name = "fails")
  @RequiredArgsConstructor
  private static final class Fails implements Callable<Integer> {

    private final Exception failure;

    @Override
    public Integer call() throws Exception {
      throw failure;
    }
  }

  private int status(Exception failure) {
    CommandExecution execution = new CommandExecution(new Main());
    return new CommandLine(new Fails(failure))
        .setErr(new PrintWriter(errors, true))
        .setExecutionStrategy(execution)
        .setExecutionExceptionHandler(execution)
        .execute();
  }

  @Test
  void aWrongPathIsAWrongArgument() {
    assertThat(status(new NoSuchFileException("gone"))).isEqualTo(2);
    assertThat(status(new AccessDeniedException("secret"))).isEqualTo(2);
    assertThat(status(new UnusablePathException(Path.of("pipe"), "it is a pipe"))).isEqualTo(2);
    assertThat(status(new EOFException("The file ended within a tensor."))).isEqualTo(2);
    assertThat(status(new UncheckedIOException(new NoSuchFileException("gone")))).isEqualTo(2);
    assertThat(errors.toString())
        .contains("gone cannot be used: it does not exist", "pipe cannot be used: it is a pipe");
  }

  @Test
  void aFullDiskIsAFailure() {
    String full = "No space left on device";
    assertThat(status(new IOException(full))).isEqualTo(1);
    assertThat(status(new FileSystemException("model", null, full))).isEqualTo(1);
    assertThat(status(new UncheckedIOException(new IOException(full)))).isEqualTo(1);
    assertThat(status(new IllegalStateException("It is closed."))).isEqualTo(1);
    assertThat(errors.toString().lines())
        .hasSize(4)
        .allMatch(line -> line.startsWith("coconut4j: "))
        .noneMatch(line -> line.contains("Exception"));
    assertThat(errors.toString()).contains("Reading or writing failed: " + full);
  }

  /** What a message quotes of a file could otherwise end its line or control the terminal. */
  @Test
  void aMessageIsOneLineWithoutControlCharacters() {
    String found = "a\u0000\u001b[31mb\r\n\tc\u0085\u2028d\u202ee\u2066f \u05d0\ud83d\ude00";

    assertThat(status(new IllegalArgumentException("found '" + found + "'."))).isEqualTo(2);

    assertThat(errors.toString().strip())
        .isEqualTo(
            "coconut4j: found 'a\\u0000\\u001b[31mb\\r\\n\\tc\\u0085\\u2028d\\u202ee\\u2066f"
                + " \u05d0\ud83d\ude00'.");
  }

  @Test
  void anErrorWithoutAMessageIsNamed() {
    assertThat(status(new IllegalArgumentException())).isEqualTo(2);

    assertThat(errors.toString())
        .startsWith("coconut4j: java.lang.IllegalArgumentException (--verbose shows");
  }

  @Test
  void anArgumentIsQuotedWithoutControlCharacters() {
    assertThat(CommandLineRun.of("generate", "--batch", "\u001b[2J").errors())
        .contains("\\u001b[2J")
        .doesNotContain("\u001b");
  }
}
