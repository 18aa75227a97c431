package io.github.coconut4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Fills a directory beside its place and moves it there once it is complete. */
public final class AtomicDirectory {

  private static final Pattern PARTIAL =
      Pattern.compile("\\..+\\.[0-9a-f-]{36}\\.partial(\\.previous)?");

  private AtomicDirectory() {}

  /** Writes the content of a directory. */
  @FunctionalInterface
  public interface Filler {
    /** Writes files into a fresh, empty directory. */
    void fill(Path directory) throws IOException;
  }

  /**
   * Makes or replaces a directory. Its previous content is deleted once the new one is in place.
   *
   * @throws IOException if it cannot be written; what was there before stays
   */
  public static void write(Path directory, Filler filler) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path partial =
        Files.createDirectory(
            parent.resolve("." + directory.getFileName() + "." + UUID.randomUUID() + ".partial"));
    try {
      filler.fill(partial);
      Durable.syncAll(partial);
      replace(directory, partial);
    } finally {
      delete(partial);
    }
  }

  /** A directory cannot be moved over a filled one, so the old one steps aside first. */
  private static void replace(Path directory, Path partial) throws IOException {
    Path previous = partial.resolveSibling(partial.getFileName() + ".previous");
    boolean existed = Files.exists(directory);
    if (existed) {
      Files.move(directory, previous, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(partial, directory, StandardCopyOption.ATOMIC_MOVE);
    Durable.syncEntries(directory.toAbsolutePath().getParent());
    if (existed) {
      delete(previous);
    }
  }

  /**
   * Deletes what is left in a directory of writes that never ended because their process was
   * killed. Nobody may be writing there.
   */
  public static void deletePartial(Path parent) throws IOException {
    List<Path> left;
    try (Stream<Path> paths = Files.list(parent)) {
      left = paths.filter(AtomicDirectory::isPartial).toList();
    }
    for (Path path : left) {
      delete(path);
    }
  }

  private static boolean isPartial(Path path) {
    return PARTIAL.matcher(path.getFileName().toString()).matches();
  }

  /** Deletes a directory and everything in it, if it exists. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
