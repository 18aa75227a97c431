package io.github.coconut4j.spark;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.train.Checkpoint;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;

/** A run's directory on one machine; publishes its files to the store and copies them back. */
@Slf4j
@RequiredArgsConstructor
final class RunFiles {

  /** Training may replace the model while it is read; then publishing is tried again. */
  private static final int TRIES = 3;

  private final RunDirectory run;

  /** An observer that publishes every checkpoint. */
  TrainingObserver publisher(RunStore store) {
    return new TrainingObserver() {
      @Override
      public void checkpointWritten(TrainingState state, Path checkpoint) throws IOException {
        publish(store, checkpoint, state.getStep());
      }
    };
  }

  /** Publishes the files that the run needs to continue from a checkpoint. */
  private SnapshotName publish(RunStore store, Path checkpoint, int step) throws IOException {
    for (int i = 1; ; i++) {
      try {
        requirePresent(run.config(), checkpoint);
        return store.publish(
            run.path(),
            relative(List.of(run.config(), run.metrics(), run.model(), checkpoint)),
            SnapshotName.unique(step, SnapshotName.Kind.CHECKPOINT));
      } catch (NoSuchFileException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  /** Without them a run would start over, and others may delete the directory of this one. */
  private static void requirePresent(Path... places) throws NoSuchFileException {
    for (Path place : places) {
      if (!Files.exists(place)) {
        throw new NoSuchFileException(place.toString(), null, "it is needed to continue the run");
      }
    }
  }

  /** Publishes a run that has been trained and evaluated. Nothing may write to it meanwhile. */
  SnapshotName publishResult(RunStore store, int step) throws IOException {
    requirePresent(run.config(), run.model());
    return store.publish(
        run.path(),
        relative(
            List.of(run.config(), run.metrics(), run.evaluation(), run.model(), run.checkpoints())),
        SnapshotName.unique(step, SnapshotName.Kind.RESULT));
  }

  /**
   * The snapshot from which a run continues. A checkpoint in the directory that is later than all
   * snapshots, because the run was continued without the cluster, is published first.
   *
   * @param news receives one line that names the state and where it is
   * @return the snapshot's name, or empty if the run has no state yet
   * @throws ModelFormatException if there is no snapshot and all checkpoints are damaged
   */
  Optional<SnapshotName> newest(RunStore store, Consumer<String> news) throws IOException {
    Optional<SnapshotName> stored = store.newest();
    Optional<Checkpoint> here = newestCheckpoint(stored.isPresent());
    int storedStep = stored.map(SnapshotName::step).orElse(-1);
    int hereStep = here.map(checkpoint -> checkpoint.getState().getStep()).orElse(-1);
    if (hereStep > storedStep) {
      news.accept(continuing(hereStep, run.path(), storedStep, store));
      return Optional.of(publish(store, here.get().getDirectory(), hereStep));
    }
    stored.ifPresent(name -> news.accept(continuing(storedStep, store, hereStep, run.path())));
    return stored;
  }

  /** Damaged checkpoints do not matter if the store has a snapshot. */
  private Optional<Checkpoint> newestCheckpoint(boolean isStored) throws IOException {
    try {
      return run.newestCheckpoint();
    } catch (ModelFormatException e) {
      if (!isStored) {
        throw e;
      }
      log.warn("{}", e.getMessage());
      return Optional.empty();
    }
  }

  private static String continuing(int step, Object place, int otherStep, Object otherPlace) {
    String other =
        otherStep < 0
            ? ""
            : String.format(Locale.ROOT, "; %s has that of update %d", otherPlace, otherStep);
    return String.format(
        Locale.ROOT, "Continuing from the state of update %d in %s%s.", step, place, other);
  }

  /** The regular files at and below paths, relative to the run's directory. */
  private List<Path> relative(List<Path> places) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path place : places) {
      if (Files.exists(place)) {
        try (Stream<Path> found = Files.walk(place)) {
          found
              .filter(Files::isRegularFile)
              .map(file -> run.path().relativize(file))
              .forEach(files::add);
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      }
    }
    return files;
  }

  /**
   * Replaces the files and folders of the directory by those of a snapshot, each atomically.
   * Results that the snapshot lacks are deleted first. The run can be continued from the directory
   * at any time, even if this is interrupted.
   *
   * @param config the configuration of the snapshot's run
   */
  void replaceBy(RunStore store, SnapshotName snapshot, TrainingConfig config) throws IOException {
    AtomicDirectory.create(run.path());
    Path fetched = Files.createTempDirectory(run.path(), ".fetched");
    try {
      store.fetch(snapshot, fetched);
      List<Path> entries = inOrder(fetched);
      run.deleteResults(config, entries.stream().map(RunFiles::name).collect(Collectors.toSet()));
      for (Path entry : entries) {
        place(entry, run.path().resolve(name(entry)));
      }
    } finally {
      AtomicDirectory.delete(fetched);
    }
  }

  /**
   * The entries of a directory, those first that others need: a checkpoint is continued with the
   * lines of {@code metrics.jsonl} before it, and a model without a checkpoint is not.
   */
  static List<Path> inOrder(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .sorted(
              Comparator.comparing((Path entry) -> Files.isDirectory(entry))
                  .thenComparing(RunFiles::name)) // `checkpoints` before `model`
          .toList();
    }
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static void place(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      AtomicFile.write(to, output -> Files.copy(from, output));
      return;
    }
    AtomicDirectory.write(
        to,
        partial -> {
          try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
              Files.move(entry, partial.resolve(entry.getFileName().toString()));
            }
          }
        });
  }
}
