package io.github.coconut4j.race;

import io.github.coconut4j.config.ChangedKeys;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.RunLock;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import lombok.Builder;

/**
 * Trains every method and seed of a file, one after another, and evaluates each on the same unseen
 * problems.
 *
 * <pre>{@code
 * Race race =
 *     Race.builder().file(RaceFile.read(yaml)).directory(Path.of("runs/race")).build();
 * race.run(result -> System.out.println(result.getSummary().getAccuracy()));
 * }</pre>
 */
public final class Race {

  private final RaceFile file;
  private final RaceDirectory directory;
  private final boolean resume;
  private final Function<RaceEntry, TrainingObserver> progress;
  private final List<RaceResult> results = new ArrayList<>();
  private volatile TrainingRun current;
  private volatile boolean stopRequested;

  /**
   * Prepares a race.
   *
   * @param file the methods and seeds
   * @param directory directory for one subdirectory per run and {@code report.html}
   * @param resume whether to keep finished runs and continue the interrupted one; otherwise an
   *     earlier race in the directory is replaced
   * @param progress makes an observer that shows the progress of a run, or null
   * @throws IllegalArgumentException if the file or the directory is null
   */
  @Builder
  Race(
      RaceFile file,
      Path directory,
      boolean resume,
      Function<RaceEntry, TrainingObserver> progress) {
    this.file = Arguments.requireNonNull(file, "file", "Read one with RaceFile.read.");
    this.directory = new RaceDirectory(directory);
    this.resume = resume;
    this.progress = progress;
  }

  /**
   * Ends {@link #run} after the current update is done and saved; may be called from any thread.
   */
  public void requestStop() {
    stopRequested = true;
    TrainingRun run = current;
    if (run != null) {
      run.requestStop();
    }
  }

  /**
   * Runs the race and writes its files.
   *
   * @param finished callback for each finished run
   * @return false if it was stopped
   * @throws ConfigException if a run cannot be trained, or a finished run to keep had another
   *     configuration
   */
  public boolean run(Consumer<RaceResult> finished) throws IOException {
    Arguments.requireNonNull(finished, "finished", "Pass result -> {} to ignore the results.");
    RunLock lock = RunLock.of(directory.path());
    try {
      return runAll(finished);
    } finally {
      lock.close();
    }
  }

  private boolean runAll(Consumer<RaceResult> finished) throws IOException {
    for (RaceEntry entry : file.getEntries()) {
      if (isKept(entry)) {
        requireSame(entry, directory.run(entry));
      }
    }
    if (!resume) {
      directory.deleteResults(file);
    }
    AtomicFile.write(directory.race(), file.getText());
    for (RaceEntry entry : file.getEntries()) {
      if (stopRequested || !run(entry)) {
        return false;
      }
      finished.accept(results.get(results.size() - 1));
    }
    new RaceReport().write(directory.path());
    return true;
  }

  private boolean run(RaceEntry entry) throws IOException {
    RunDirectory run = directory.run(entry);
    if (isKept(entry)) {
      results.add(new RaceResult(entry, RunSummary.read(run.evaluation())));
      return true;
    }
    return train(entry, run);
  }

  private boolean isKept(RaceEntry entry) {
    return resume && Files.exists(directory.run(entry).evaluation());
  }

  private static void requireSame(RaceEntry entry, RunDirectory run) throws IOException {
    TrainingConfig before = ConfigFile.read(run.config()).toTrainingConfig();
    String changed = ChangedKeys.inWords(before, entry.getConfig());
    if (!changed.isEmpty()) {
      throw new ConfigException(
          "A race continues only with the configurations it began with, but in %s %s. Change it back, or start another race with --out."
              .formatted(entry.getDirectory(), changed));
    }
  }

  private boolean train(RaceEntry entry, RunDirectory directory) throws IOException {
    TrainingRun.TrainingRunBuilder builder =
        TrainingRun.builder().config(entry.getConfig()).directory(directory).resume(resume);
    if (progress != null) {
      builder.observer(progress.apply(entry));
    }
    try (TrainingRun run = builder.build()) {
      current = run;
      if (stopRequested) {
        return false;
      }
      run.train();
      if (!run.isFinished()) {
        return false;
      }
      RunSummary summary = RunSummary.of(run, run.evaluate());
      summary.write(directory.evaluation());
      results.add(new RaceResult(entry, summary));
      return true;
    }
  }

  /** The result of each run, in the file's order. */
  public List<RaceResult> results() {
    return List.copyOf(results);
  }

  /** The file of the report. */
  public Path report() {
    return directory.report();
  }
}
