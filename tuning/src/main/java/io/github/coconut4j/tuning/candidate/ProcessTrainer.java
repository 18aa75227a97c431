package io.github.coconut4j.tuning.candidate;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lombok.AccessLevel;
import lombok.RequiredArgsConstructor;

/**
 * Trains every candidate in a separate Java process, so that one that runs out of memory, hangs or
 * crashes does not affect others. The process logs to {@code log.txt} in the run's directory; if
 * native code crashes, the Java VM's report, {@code hs_err_pid*.log}, is there too.
 */
@RequiredArgsConstructor(access = AccessLevel.PACKAGE)
public final class ProcessTrainer implements CandidateTrainer {

  /** Time for a process to save its state before it is killed. */
  private static final long GRACE_SECONDS = 30;

  /** Exit statuses of a process ended by INT or TERM, by which a user stops the whole search. */
  private static final Set<Integer> STOPPED = Set.of(128 + 2, 128 + 15);

  private final JavaCommand java;

  /** Environment variables of the process in addition to this one's. */
  private final Map<String, String> environment;

  /** The numbers of the processes that run, the lowest that were free: each may use another GPU. */
  private final BitSet slots = new BitSet();

  /** Makes a trainer that starts its processes with a command. */
  public ProcessTrainer(JavaCommand java) {
    this(Arguments.requireNonNull(java, "java", "Build a JavaCommand."), Map.of());
  }

  @Override
  public RunSummary train(CandidateJob job)
      throws IOException, InterruptedException, CandidateException {
    ConfigFile.write(job.getConfig(), job.getDirectory().config());
    int slot = takeSlot();
    try {
      return train(job, slot);
    } finally {
      freeSlot(slot);
    }
  }

  private int takeSlot() {
    synchronized (slots) {
      int free = slots.nextClearBit(0);
      slots.set(free);
      return free;
    }
  }

  private void freeSlot(int slot) {
    synchronized (slots) {
      slots.clear(slot);
    }
  }

  private RunSummary train(CandidateJob job, int slot)
      throws IOException, InterruptedException, CandidateException {
    Process process = start(job, slot);
    OutputTail output = OutputTail.of(process);
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
      ProcessEnd end = new ProcessEnd(output.text(), process.exitValue(), log(job));
      throw CandidateException.failed(end.cause());
    }
    return RunSummary.read(job.getDirectory().evaluation());
  }

  private Process start(CandidateJob job, int slot) throws IOException {
    Path directory = job.getDirectory().path();
    ProcessBuilder builder = java.process(line(directory, job.getCycle(), slot));
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log(job).toFile()));
    return builder.start();
  }

  List<String> line(Path directory, Integer cycle, int slot) {
    List<String> line =
        cycle == null
            ? java.line(CandidateProcess.class, directory.toString())
            : java.line(CandidateProcess.class, directory.toString(), cycle.toString());
    // After this process's own options: of two, Java uses the last. %p is the process id.
    String escaped = directory.toAbsolutePath().toString().replace("%", "%%");
    line.add(line.indexOf("-cp"), "-XX:ErrorFile=" + escaped + "/hs_err_pid%p.log");
    line.add(line.indexOf("-cp"), "-Dcoconut4j.cuda.turn=" + slot);
    return line;
  }

  private static boolean waitFor(Process process, CandidateJob job) throws InterruptedException {
    if (job.getLimit() == null) {
      process.waitFor();
      return true;
    }
    return process.waitFor(job.getLimit().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Requests the process to save its state and end; kills it if it does not. */
  private static void end(Process process) throws InterruptedException {
    process.toHandle().destroy(); // Process.destroy() closes the pipe too, as a parent's end does
    if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private static Path log(CandidateJob job) {
    return job.getDirectory().path().resolve("log.txt");
  }
}
