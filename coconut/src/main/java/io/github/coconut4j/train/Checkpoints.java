package io.github.coconut4j.train;

import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The directory {@code checkpoints} of a run. */
@Slf4j
@RequiredArgsConstructor
final class Checkpoints {

  private static final Pattern NAME = Pattern.compile("step-(\\d{1,9})");

  private final Path directory;

  /**
   * Writes a checkpoint completely or not at all.
   *
   * @return its directory
   * @throws IOException if it cannot be written; earlier checkpoints are unchanged
   */
  Path write(
      CheckpointManifest manifest, Map<String, INDArray> weights, Map<String, INDArray> optimizer)
      throws IOException {
    Path path = directory.resolve("step-" + manifest.getState().getStep());
    try {
      Checkpoint.write(path, manifest, weights, optimizer);
      return path;
    } catch (IOException e) {
      String before =
          newest().map(newest -> " The checkpoint " + newest + " stays usable.").orElse("");
      throw new IOException(
          "The checkpoint %s could not be written: %s.%s Make room on the disk, then continue with --resume."
              .formatted(path, e.getMessage(), before),
          e);
    }
  }

  /**
   * The newest complete checkpoint, or empty if there is none yet. Leftovers of killed writers are
   * deleted first. Damaged checkpoints are skipped with a warning and kept.
   *
   * @throws ModelFormatException if there are checkpoints and all are damaged
   */
  Optional<Checkpoint> latest() throws IOException {
    recover();
    ModelFormatException damage = null;
    for (Path path : newestFirst()) {
      try {
        Checkpoint checkpoint = Checkpoint.open(path);
        if (damage != null) {
          log.warn("Continuing from the checkpoint before it, {}.", path);
        }
        return Optional.of(checkpoint);
      } catch (ModelFormatException e) {
        log.warn("{}", e.getMessage());
        damage = e;
      }
    }
    if (damage != null) {
      throw new ModelFormatException(
          "A run to be continued, " + directory + ",",
          "must have a checkpoint that is whole",
          "only damaged ones",
          "Restore one from a copy, or start over with --force.",
          damage);
    }
    return Optional.empty();
  }

  /** The newest checkpoint by its name, without checking its content. */
  Optional<Path> newest() throws IOException {
    return newestFirst().stream().findFirst();
  }

  /** Deletes all checkpoints, and leftovers of killed writers. */
  void clear() throws IOException {
    recover();
    for (Path path : newestFirst()) {
      AtomicDirectory.delete(path);
    }
  }

  private void recover() throws IOException {
    if (Files.isDirectory(directory)) {
      AtomicDirectory.recover(directory);
    }
  }

  /**
   * Deletes all checkpoints up to an update, except the newest and the best. Later ones are damaged
   * and were skipped by a resume; they stay until the run overwrites them.
   */
  void keep(int count, int upTo) throws IOException {
    List<Path> past = newestFirst().stream().filter(path -> step(path) <= upTo).toList();
    boolean bestIsKept = past.stream().limit(count).anyMatch(Checkpoint::isBest);
    for (Path path : past.stream().skip(count).toList()) {
      if (!bestIsKept && Checkpoint.isBest(path)) {
        bestIsKept = true;
      } else {
        AtomicDirectory.delete(path);
      }
    }
  }

  private List<Path> newestFirst() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(directory)) {
      return paths
          .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparingInt(Checkpoints::step).reversed())
          .toList();
    }
  }

  private static int step(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException("A checkpoint is named step-N, not " + path + ".");
    }
    return Integer.parseInt(name.group(1));
  }
}
