package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import lombok.RequiredArgsConstructor;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** A command that has too little memory ends with a line and status 1, not with a stack trace. */
class OutOfMemoryMessageTest {

  /** Runs out of memory. */
  @Command(name = "fails")
  @RequiredArgsConstructor
  private static final class Fails implements Callable<Integer> {

    private final String message;

    @Override
    public Integer call() {
      throw new OutOfMemoryError(message);
    }
  }

  private static String said(String message) {
    CommandExecution execution = new CommandExecution(new Main());
    StringWriter errors = new StringWriter();
    int status =
        new CommandLine(new Fails(message))
            .setErr(new PrintWriter(errors, true))
            .setExecutionStrategy(execution)
            .setExecutionExceptionHandler(execution)
            .execute();
    assertThat(status).isEqualTo(1);
    return errors.toString().strip();
  }

  @Test
  void theVirtualMachinesWordsGetARemedy() {
    assertThat(said("Java heap space"))
        .isEqualTo(
            "coconut4j: Memory ran out: Java heap space. Use smaller batches, or give the process"
                + " more memory.");
    assertThat(said(null))
        .isEqualTo(
            "coconut4j: Memory ran out. Use smaller batches, or give the process more memory.");
  }

  @Test
  void aWholeSentenceStaysAsItIs() {
    assertThat(said("No room on the GPU. Lower the batch size."))
        .isEqualTo("coconut4j: No room on the GPU. Lower the batch size.");
  }
}
