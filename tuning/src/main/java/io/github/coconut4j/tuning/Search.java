package io.github.coconut4j.tuning;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.Utf8Text;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.train.ResultKind;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.RunLock;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.candidate.JavaCommand;
import io.github.coconut4j.tuning.candidate.ProcessTrainer;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.runner.AbstractRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lombok.Builder;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.BaseStatusListener;

/**
 * Runs a search from its file and writes its directory.
 *
 * <pre>{@code
 * SearchDirectory directory = new SearchDirectory(Path.of("runs/search"));
 * try (Search search =
 *     Search.builder().file(SearchFile.read(yaml)).directory(directory).build()) {
 *   search.run();
 *   System.out.println(search.best());
 * }
 * }</pre>
 */
public final class Search implements AutoCloseable {

  private final SearchDirectory directory;
  private final RunLock lock;
  private final ResultFile results;
  private final Consumer<CandidateRecord> progress;
  private final AbstractRunner runner;

  /**
   * Prepares a search.
   *
   * @param file the search's file
   * @param directory directory of the search's files; no other search may be writing there
   * @param resume whether to resume the search in the directory
   * @param trainer trains candidates, or null for one process per candidate
   * @param progress callback for every candidate, when it has ended or, with halving, was tried;
   *     may be null
   * @throws ConfigException if the directory holds a search that is not to be resumed, or another
   *     one
   * @throws IOException if the directory cannot be written
   */
  @Builder
  Search(
      SearchFile file,
      SearchDirectory directory,
      boolean resume,
      CandidateTrainer trainer,
      Consumer<CandidateRecord> progress)
      throws IOException {
    Arguments.requireNonNull(file, "file", "Read one with SearchFile.read.");
    this.directory = Arguments.requireNonNull(directory, "directory", "Make a SearchDirectory.");
    this.progress = progress == null ? candidate -> {} : progress;
    OpenedResources opened = new OpenedResources();
    this.lock = opened.add(RunLock.of(directory.path()));
    try {
      if (Files.exists(directory.search())) {
        requireSame(file, resume);
      } else {
        requireFree();
      }
      this.results = ResultFile.open(directory.results());
      this.runner =
          new RunnerFactory(
                  file, directory, trainer == null ? processes(file.getSearch()) : trainer, results)
              .create();
      AtomicFile.write(directory.search(), file.getText());
      runner.addListeners(new CandidateListener());
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private void requireSame(SearchFile file, boolean resume) throws IOException {
    if (!resume) {
      throw new ConfigException(
          "A new search needs a directory of its own but "
              + directory.path()
              + " holds a search already. Continue it with --resume, or choose another --out.");
    }
    ResumeRule.check(Utf8Text.read(directory.search()), file.getText());
  }

  private void requireFree() {
    ResultKind.SEARCH.requireNoOther(directory.path());
    if (!new RunDirectory(directory.path()).isFree()) {
      throw new ConfigException(
          "A new search needs a directory of its own but "
              + directory.path()
              + " holds a run, or a model, already. Choose another --out.");
    }
  }

  private static CandidateTrainer processes(SearchConfig search) {
    return new ProcessTrainer(
        JavaCommand.builder().processes(search.getParallel()).memory(search.getMemory()).build());
  }

  /**
   * Runs the search to its end, or until {@link #requestStop()}.
   *
   * @throws IOException if a result cannot be written, or the trainer is lost; the search can be
   *     resumed
   */
  public void run() throws IOException {
    try {
      runner.execute();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /**
   * Ends {@link #run()} after the running candidates have saved their state; may be called from any
   * thread.
   */
  public void requestStop() {
    runner.shutdown(false);
  }

  /**
   * Whether the search was stopped, by {@link #requestStop()} or in a candidate, before its end.
   */
  public boolean isStopped() {
    return runner.isStopped();
  }

  /** Every candidate that has ended or was tried, in that order. */
  public List<CandidateRecord> candidates() {
    return results.all();
  }

  /**
   * The candidate with the best score among those trained to the end, also before the search was
   * resumed; of equal ones the first that was proposed.
   */
  public Optional<CandidateRecord> best() {
    Comparator<CandidateRecord> lowest = Comparator.comparing(CandidateRecord::getScore);
    boolean minimize = runner.getConfiguration().getScoreFunction().minimize();
    return results.all().stream()
        .filter(candidate -> candidate.getStatus() == CandidateOutcome.COMPLETED)
        .min(
            (minimize ? lowest : lowest.reversed())
                .thenComparingInt(CandidateRecord::getCandidate));
  }

  /** Arbiter's view of the search. */
  public IOptimizationRunner runner() {
    return runner;
  }

  /** Releases the directory. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  private void writeBest(int candidate) throws IOException {
    ConfigFile trained = ConfigFile.read(directory.candidate(candidate).config());
    TrainingConfig config = trained.toTrainingConfig();
    ConfigFile.write(config.toBuilder().name(config.getName() + "-best").build(), directory.best());
  }

  /** Notifies of ended candidates, and writes the best configuration to disk. */
  private final class CandidateListener extends BaseStatusListener {

    @Override
    public void onCandidateStatusChange(
        CandidateInfo info, IOptimizationRunner source, OptimizationResult result) {
      if (result == null) {
        return;
      }
      CandidateRecord known = results.find(info.getIndex()).orElseThrow();
      try {
        // Not the runner's best: a resumed search reports its earlier results one after the other.
        if (best().filter(known::equals).isPresent()) {
          writeBest(info.getIndex());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      progress.accept(known);
    }
  }
}
