package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lombok.RequiredArgsConstructor;

/**
 * Trains every candidate in a Java process of its own, so that one which runs out of memory, hangs
 * or crashes harms no other. What the process logs is in {@code log.txt} of the run's directory.
 */
@RequiredArgsConstructor
public final class ProcessTrainer implements CandidateTrainer {

  /** How long a process may take to save its state before it is killed. */
  private static final long GRACE_SECONDS = 30;

  /** Exit status of a process that the signal KILL ended. */
  private static final int KILLED = 128 + 9;

  /** Exit statuses of a process that INT or TERM ended: the user's, for the whole search. */
  private static final Set<Integer> STOPPED = Set.of(128 + 2, 128 + 15);

  private final JavaCommand java;

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    ConfigFile.write(job.getConfig(), job.getDirectory().config());
    Process process = start(job);
    try {
      if (!waitFor(process, job)) {
        end(process);
        throw CandidateException.timedOut(job);
      }
    } catch (InterruptedException e) {
      end(process);
      throw e;
    }
    if (STOPPED.contains(process.exitValue())) {
      throw new InterruptedException("A signal stopped the candidate.");
    }
    if (process.exitValue() != CandidateProcess.TRAINED) {
      throw CandidateException.failed(cause(process, job));
    }
    return RunSummary.read(job.getDirectory().evaluation());
  }

  private Process start(CandidateJob job) throws IOException {
    Path directory = job.getDirectory().path();
    ProcessBuilder builder =
        new ProcessBuilder(
            job.getCycle() == null
                ? java.line(CandidateProcess.class, directory.toString())
                : java.line(
                    CandidateProcess.class, directory.toString(), job.getCycle().toString()));
    builder.environment().putIfAbsent("OMP_WAIT_POLICY", "PASSIVE"); // as the launcher does
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log(job).toFile()));
    return builder.start();
  }

  private static boolean waitFor(Process process, CandidateJob job) throws InterruptedException {
    if (job.getLimit() == null) {
      process.waitFor();
      return true;
    }
    return process.waitFor(job.getLimit().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Asks the process to save its state and end; kills it where it does not. */
  private static void end(Process process) throws InterruptedException {
    process.toHandle().destroy(); // Process.destroy() closes the pipe too, as a dead parent does
    if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private static String cause(Process process, CandidateJob job) throws IOException {
    String cause =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (!cause.isEmpty()) {
      return cause;
    }
    if (process.exitValue() == KILLED) {
      return "killed by the system, most often for want of memory";
    }
    return "its process ended with status " + process.exitValue() + "; see " + log(job);
  }

  private static Path log(CandidateJob job) {
    return job.getDirectory().path().resolve("log.txt");
  }
}
