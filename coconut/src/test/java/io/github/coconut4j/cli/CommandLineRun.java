package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** A command run in this process: its status and what it printed. */
public record CommandLineRun(int status, String output, String errors) {

  /** Runs a command. */
  public static CommandLineRun of(String... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    int status = Main.run(arguments, new PrintWriter(output, true), new PrintWriter(errors, true));
    return new CommandLineRun(status, output.toString(), errors.toString());
  }

  /** The lines of standard output. */
  public List<String> lines() {
    return output.lines().toList();
  }

  /** Requires status 2, a message with these parts and no stack trace. */
  public void assertRefused(String... message) {
    assertThat(status).as(errors).isEqualTo(2);
    assertThat(errors).contains(message).doesNotContain("\tat ");
    assertThat(errors.lines()).hasSizeBetween(1, 2);
  }
}
