package io.github.coconut4j.train;

import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.model.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;

/** The directory {@code checkpoints} of a run. */
@Slf4j
@RequiredArgsConstructor
final class Checkpoints {

  private static final Pattern NAME = Pattern.compile("step-(\\d{1,9})");

  private final Path directory;

  Path path(int step) {
    return directory.resolve("step-" + step);
  }

  /** The newest checkpoint that is whole; damaged ones are passed over with a warning. */
  Optional<Checkpoint> latest() throws IOException {
    for (Path path : newestFirst()) {
      try {
        return Optional.of(Checkpoint.open(path));
      } catch (ModelFormatException e) {
        log.warn("{}", e.getMessage());
      }
    }
    return Optional.empty();
  }

  /** Deletes all but the newest. */
  void keep(int count) throws IOException {
    for (Path path : newestFirst().stream().skip(count).toList()) {
      AtomicDirectory.delete(path);
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
