package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.cli.StopOnSignal;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * The main class of a candidate's own process: {@code CandidateProcess RUN-DIRECTORY [CYCLE]}. The
 * run's configuration lies in its directory. Where the candidate fails, the cause goes to standard
 * output; logs go to standard error. The process ends with its parent, whose end closes standard
 * input.
 */
public final class CandidateProcess {

  /** Exit status of a candidate that was trained and evaluated. */
  static final int TRAINED = 0;

  /** Exit status of a candidate that failed. */
  static final int FAILED = 1;

  private CandidateProcess() {}

  /** Trains the candidate and exits. */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    System.setProperty("logback.configurationFile", "io/github/coconut4j/cli/logback.xml");
    PrintStream output = System.out;
    System.setOut(System.err);
    endWithParent();
    String cause = run(arguments);
    if (cause != null) {
      output.println(cause);
      output.flush();
    }
    System.exit(cause == null ? TRAINED : FAILED);
  }

  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  continue; // the parent writes nothing
                }
              } catch (IOException e) {
                e.printStackTrace(); // the pipe broke: the parent is gone
              }
              Runtime.getRuntime().halt(FAILED);
            },
            "end-with-parent");
    watch.setDaemon(true);
    watch.start();
  }

  /** The cause of a failure, or null. */
  private static String run(String[] arguments) {
    try {
      train(arguments);
      return null;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      e.printStackTrace();
      return Causes.of(e);
    }
  }

  private static void train(String[] arguments) throws IOException {
    RunDirectory directory = new RunDirectory(Path.of(arguments[0]));
    CandidateJob job =
        CandidateJob.builder()
            .config(ConfigFile.read(directory.config()).toTrainingConfig())
            .directory(directory)
            .cycle(arguments.length < 2 ? null : Integer.valueOf(arguments[1]))
            .build();
    try (CandidateRun candidate = new CandidateRun(job)) {
      StopOnSignal.whileRunning(candidate::requestStop, candidate::train);
    }
  }
}
