package io.github.coconut4j.tuning.cli;

import io.github.coconut4j.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;

/** A command run in this process: its status and what it printed. */
public record CommandLineRun(int status, String output, String errors) {

  /** Runs a command. */
  public static CommandLineRun of(String... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    int status = Main.run(arguments, new PrintWriter(output, true), new PrintWriter(errors, true));
    return new CommandLineRun(status, output.toString(), errors.toString());
  }
}
