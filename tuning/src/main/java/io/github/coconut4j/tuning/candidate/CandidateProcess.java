package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.cli.ProcessSettings;
import io.github.coconut4j.cli.StopOnSignal;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.train.RunDirectory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import lombok.extern.slf4j.Slf4j;

/**
 * The main class of a candidate's process: {@code CandidateProcess RUN-DIRECTORY [CYCLE]}. The
 * run's configuration is in its directory. If the candidate fails, the cause is printed on standard
 * output after {@link ProcessEnd#CAUSE}; logs go to standard error. The process ends when its
 * parent ends, which closes standard input.
 */
@Slf4j
public final class CandidateProcess {

  /** Exit status of a candidate that was trained and evaluated. */
  static final int TRAINED = 0;

  /** Exit status of a candidate that failed. */
  static final int FAILED = 1;

  private CandidateProcess() {}

  /** Trains the candidate and exits. */
  public static void main(String[] arguments) {
    ProcessSettings.apply();
    System.setOut(System.err);
    endWithParent();
    String cause = run(arguments);
    if (cause != null) {
      print(cause);
    }
    StopOnSignal.exit(cause == null ? TRAINED : FAILED);
  }

  /** Prints it at once and on a separate line, since native code prints on the same output. */
  private static void print(String cause) {
    PrintStream output =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    output.print("\n" + ProcessEnd.CAUSE + cause + "\n");
    output.flush();
  }

  private static void endWithParent() {
    Thread watch = new Thread(CandidateProcess::awaitParentsEnd, "end-with-parent");
    watch.setDaemon(true);
    watch.start();
  }

  private static void awaitParentsEnd() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      log.error("The pipe from the search broke", e);
    } finally {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /**
   * The cause of a failure, or null. It also catches errors, such as a native library that cannot
   * be loaded: threads of other libraries would keep the process alive without its main thread.
   */
  private static String run(String[] arguments) {
    try {
      train(arguments);
      return null;
    } catch (Throwable e) {
      log.error("The candidate failed", e);
      return FailureCause.of(e);
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
    StopRule stop = new StopRule(job);
    try (CandidateRun candidate = new CandidateRun(job, stop)) {
      StopOnSignal.whileRunning(stop::request, candidate::train);
    }
  }
}
