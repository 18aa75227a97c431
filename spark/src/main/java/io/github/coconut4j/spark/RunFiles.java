package io.github.coconut4j.spark;

import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
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
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;

/** A run's directory on one machine; publishes its files to the store and copies them back. */
@RequiredArgsConstructor
final class RunFiles {

  /** Training may replace the model while it is read; then publishing is tried again. */
  private static final int TRIES = 3;

  private static final Pattern CHECKPOINT = Pattern.compile("step-\\d{1,9}");

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
   * Publishes the newest checkpoint of a run that was not trained on the cluster.
   *
   * @return the snapshot's name, or empty if the run has no checkpoint
   */
  Optional<SnapshotName> publishNewest(RunStore store) throws IOException {
    if (!Files.isDirectory(run.checkpoints())) {
      return Optional.empty();
    }
    Optional<Path> newest;
    try (Stream<Path> checkpoints = Files.list(run.checkpoints())) {
      newest =
          checkpoints
              .filter(path -> CHECKPOINT.matcher(path.getFileName().toString()).matches())
              .max(Comparator.comparingInt(RunFiles::step));
    }
    return newest.isEmpty()
        ? Optional.empty()
        : Optional.of(publish(store, newest.get(), step(newest.get())));
  }

  private static int step(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("step-".length()));
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

  /** Replaces the files and folders of the directory by those of a snapshot, each atomically. */
  void replaceBy(RunStore store, SnapshotName snapshot) throws IOException {
    AtomicDirectory.create(run.path());
    Path fetched = Files.createTempDirectory(run.path(), ".fetched");
    try {
      store.fetch(snapshot, fetched);
      List<Path> entries;
      try (Stream<Path> listed = Files.list(fetched)) {
        entries = listed.toList();
      }
      for (Path entry : entries) {
        place(entry, run.path().resolve(entry.getFileName().toString()));
      }
    } finally {
      AtomicDirectory.delete(fetched);
    }
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
